import { expect } from 'chai';
import {
  failure,
  isFailure,
  isMessage,
  isNotification,
  isRequest,
  isResponse,
  notification,
  request,
  requestIds,
  result,
} from '../../mcp/jsonrpc.ts';

const v = '2.0';

describe('JSON-RPC messages', () => {
  it('takes an id of 0 and of an empty string for a request, not for a notification', () => {
    for (const id of [0, '', 'a', -1, 1.5]) {
      expect(isRequest({ jsonrpc: v, id, method: 'ping' }), String(id)).to.equal(true);
      expect(isNotification({ jsonrpc: v, id, method: 'ping' }), String(id)).to.equal(false);
    }
  });

  it('refuses ids that MCP forbids', () => {
    for (const id of [null, true, {}, [], Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(isMessage({ jsonrpc: v, id, method: 'ping' }), String(id)).to.equal(false);
    }
  });

  it('refuses what is no message at all', () => {
    for (const value of [
      undefined,
      null,
      1,
      'ping',
      [],
      {},
      { id: 1, method: 'x' },
      { jsonrpc: '1.0', id: 1, method: 'x' },
    ]) {
      expect(isMessage(value), JSON.stringify(value)).to.equal(false);
    }
  });

  it('refuses params that are not an object', () => {
    for (const params of [null, [], 'x', 1]) {
      expect(isRequest({ jsonrpc: v, id: 1, method: 'x', params })).to.equal(false);
      expect(isNotification({ jsonrpc: v, method: 'x', params })).to.equal(false);
    }
  });

  it('tells results, errors and neither apart', () => {
    expect(isResponse({ jsonrpc: v, id: 1, result: {} })).to.equal(true);
    expect(isResponse({ jsonrpc: v, id: null, error: { code: -32700, message: 'x' } })).to.equal(true);
    for (const bad of [
      { id: 1 },
      { id: null, result: {} },
      { id: 1, result: 'x' },
      { id: 1, error: { code: 'x', message: 'x' } },
    ]) {
      expect(isResponse({ jsonrpc: v, ...bad }), JSON.stringify(bad)).to.equal(false);
    }
  });

  it('takes a result with "error": null for a result', () => {
    const message: unknown = { jsonrpc: v, id: 1, result: { ok: true }, error: null };
    expect(isResponse(message) && isFailure(message)).to.equal(false);
    expect(isResponse(message)).to.equal(true);
  });

  it('does not take a request with a result in it for a response', () => {
    expect(isResponse({ jsonrpc: v, id: 1, method: 'x', result: {} })).to.equal(false);
  });

  it('builds what it recognises, without keys that are undefined', () => {
    expect(request(0, 'ping')).to.deep.equal({ jsonrpc: v, id: 0, method: 'ping' }).and.to.satisfy(isRequest);
    expect(notification('x', { a: 1 })).to.satisfy(isNotification);
    expect(result('a', {})).to.satisfy(isResponse);
    expect(failure(null, -32700, 'no')).to.deep.equal({ jsonrpc: v, id: null, error: { code: -32700, message: 'no' } });
    expect(failure(0, -32603, 'no', { why: 1 }).error.data).to.deep.equal({ why: 1 });
  });
});

describe('requestIds', () => {
  it('names every request of a batch, 0 included, and nothing else', () => {
    const batch = [request(0, 'a'), notification('b'), result(5, {}), request('x', 'c'), 7];
    expect(requestIds(JSON.stringify(batch))).to.deep.equal([0, 'x']);
  });

  it('has no ids for bodies that are not JSON-RPC', () => {
    for (const body of ['', '{', 'null', '7', '"x"', '[]', '[[{"jsonrpc":"2.0","id":1,"method":"x"}]]']) {
      expect(requestIds(body), body).to.deep.equal([]);
    }
  });

  it('reads a view into a larger buffer at its own offset', () => {
    const whole = Buffer.from(`garbage${JSON.stringify(request(3, 'é'))}garbage`);
    expect(requestIds(new Uint8Array(whole.buffer, whole.byteOffset + 7, whole.length - 14))).to.deep.equal([3]);
  });
});
