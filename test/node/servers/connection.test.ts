import { once } from 'node:events';
import { expect } from 'chai';
import type { JsonRpcNotification } from '../../../mcp/jsonrpc.ts';
import { Connection, type ConnectionHandlers, type Owner } from '../../../node/servers/connection.ts';
import { StdioChannel } from '../../../node/servers/stdio.ts';
import { call, Hosting, hostile, textOfOutcome } from '../../support/servers/hosting.ts';

describe('a connection', () => {
  let hosting: Hosting;
  let connection: Connection;
  let notes: { notification: JsonRpcNotification; owners: Owner[] }[];
  let noted = new EventTarget();
  let requests: { method: string; owners: Owner[] }[];
  let closed: string[];

  async function open(
    options: {
      timeout?: number;
      capabilities?: object;
      maxTotalTimeout?: number;
      resetTimeoutOnProgress?: boolean;
    } = {},
  ) {
    const { log, guardian } = hosting;
    const handlers: ConnectionHandlers = {
      onNotification: (notification, owners) => {
        notes.push({ notification, owners });
        noted.dispatchEvent(new Event('note'));
      },
      onRequest: async ({ method }, owners) => {
        requests.push({ method, owners });
        return { result: { roots: [] } };
      },
      onClose: (reason) => void closed.push(reason),
    };
    const channel = new StdioChannel('fixture', hostile(), { log, install: {}, guardian, exitGrace: 500 });
    connection = await Connection.open(channel, {
      clientInfo: { name: 'test', version: '1' },
      capabilities: {},
      timeout: 5_000,
      handlers,
      name: 'fixture',
      log,
      ...options,
    });
    return connection;
  }

  beforeEach(() => {
    hosting = new Hosting();
    notes = [];
    noted = new EventTarget();
    requests = [];
    closed = [];
  });
  afterEach(async () => {
    await connection.close();
    await hosting.clean();
  });

  it('does not mix up answers of many callers', async () => {
    await open();
    const outcomes = await Promise.all(
      Array.from({ length: 2_000 }, (_, i) => call(connection, 'echo', { message: `m${i}` })),
    );
    expect(outcomes.map(textOfOutcome)).to.deep.equal(outcomes.map((_, i) => `m${i}`));
    expect(connection.inFlight).to.equal(0);
  });

  it('does not lose a progress frame that shares a chunk with the answer', async () => {
    await open();
    for (let round = 0; round < 20; round++) {
      const seen: unknown[] = [];
      const outcome = await call(connection, 'burst', {}, { onProgress: (params: object) => seen.push(params) });
      expect(seen).to.deep.equal([{ progress: 1 }, { progress: 2 }, { progress: 3 }]);
      expect(textOfOutcome(outcome)).to.equal('done');
    }
  });

  it('does not pass a token of a client on to the server', async () => {
    await open();
    const params = { name: 'params', _meta: { progressToken: 'theirs', other: 1 } };
    expect(JSON.parse(textOfOutcome(await connection.request('tools/call', params)))).to.deep.equal({
      name: 'params',
      _meta: { other: 1 },
    });
    const answer = JSON.parse(textOfOutcome(await connection.request('tools/call', params, { onProgress: () => {} })));
    expect(answer._meta.progressToken).to.be.a('number');
    expect(answer._meta.other).to.equal(1);
  });

  it('does not let a cancelled request run on in the server, nor wait for it', async () => {
    await open();
    const abort = new AbortController();
    const outcome = call(connection, 'hang', {}, { signal: abort.signal });
    abort.abort('the user gave up');
    expect(textOfOutcome(await outcome)).to.equal('error: The request was cancelled');
    await once(noted as unknown as EventTarget, 'note');
    expect(notes[0]?.notification.params?.data).to.deep.include({ reason: 'the user gave up' });
    expect(connection.inFlight).to.equal(0);
    const late = await call(connection, 'echo', {}, { signal: abort.signal });
    expect(textOfOutcome(late)).to.equal('error: The request was cancelled');
  });

  it('does not wait for an answer beyond the time-out, and tells the server', async () => {
    await open();
    const outcome = await call(connection, 'hang', {}, { timeout: 50 });
    expect(textOfOutcome(outcome)).to.equal(
      "error: Server 'fixture' did not answer tools/call within 0.05 s; the call was cancelled",
    );
    await once(noted as unknown as EventTarget, 'note');
    expect(notes[0]?.notification.params?.data).to.deep.include({ reason: 'The request timed out' });
  });

  it('does not time out a call that reports progress', async () => {
    await open({ timeout: 400 });
    expect(textOfOutcome(await call(connection, 'slow', {}, { onProgress: () => {} }))).to.equal('done');
  });

  it('does not let progress prolong a call beyond the total time, or at all when that is switched off', async () => {
    await open({ timeout: 400, maxTotalTimeout: 300 });
    expect(textOfOutcome(await call(connection, 'slow', {}, { onProgress: () => {} }))).to.match(/did not answer/);
    await connection.close();
    await open({ timeout: 300, resetTimeoutOnProgress: false });
    expect(textOfOutcome(await call(connection, 'slow', {}, { onProgress: () => {} }))).to.match(/did not answer/);
  });

  it('does not stumble over answers that nobody waits for', async () => {
    await open();
    expect(textOfOutcome(await call(connection, 'unknown'))).to.equal('known');
    expect(textOfOutcome(await call(connection, 'stringId'))).to.equal('string id');
    expect(hosting.lines.filter(({ msg }) => msg === 'Answer to no pending request ignored')).to.have.length(1);
  });

  it('does not leave a call waiting whose answer is no valid response', async () => {
    await open();
    expect(textOfOutcome(await call(connection, 'badAnswer'))).to.equal(
      "error: Server 'fixture' sent an answer that is not a valid JSON-RPC 2.0 message: " +
        'it has neither a "method" nor an "id" with a "result" or an "error"',
    );
  });

  it('does not refuse a batch', async () => {
    await open();
    expect(textOfOutcome(await call(connection, 'batch'))).to.equal('batched');
    expect(notes[0]?.notification.params?.data).to.equal('in a batch');
  });

  it('does not leave a ping of the server without an answer', async () => {
    await open();
    expect(JSON.parse(textOfOutcome(await call(connection, 'ping')))).to.deep.include({ result: {} });
    expect(requests).to.deep.equal([]);
  });

  it('does not ask a client for what it did not declare', async () => {
    await open();
    expect(JSON.parse(textOfOutcome(await call(connection, 'roots'))).error.code).to.equal(-32601);
    expect(requests).to.deep.equal([]);
    await connection.close();
    await open({ capabilities: { roots: {} } });
    const owner = {};
    expect(JSON.parse(textOfOutcome(await call(connection, 'roots', {}, { owner })))).to.deep.include({
      result: { roots: [] },
    });
    expect(requests).to.deep.equal([{ method: 'roots/list', owners: [owner] }]);
  });

  it('does not attribute a notification to a request that is over', async () => {
    await open();
    const [first, second] = [{}, {}];
    const hanging = [first, second, first].map((owner) => call(connection, 'hang', {}, { owner }));
    await call(connection, 'log');
    expect(notes[0]?.owners).to.deep.equal([first, second]);
    await connection.close();
    for (const outcome of await Promise.all(hanging)) expect(textOfOutcome(outcome)).to.match(/was stopped by the hub/);
  });

  it('does not report the end that was asked for as a loss', async () => {
    await open();
    await connection.close();
    expect(closed).to.deep.equal([]);
    expect(textOfOutcome(await call(connection, 'echo'))).to.match(
      /was not delivered: Server 'fixture' was stopped by the hub/,
    );
    await open();
    await call(connection, 'crash');
    expect(closed).to.deep.equal(["Server 'fixture' stopped (exit code 3): boom: the database is gone"]);
    expect(connection.closed).to.equal(true);
  });

  it('does not leave listeners on the signals of its callers', async () => {
    await open();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: unknown[]) => {
      listeners++;
      return add(...(args as Parameters<typeof add>));
    };
    signal.removeEventListener = (...args: unknown[]) => {
      listeners--;
      return remove(...(args as Parameters<typeof remove>));
    };
    for (let i = 0; i < 10; i++) await call(connection, 'echo', {}, { signal });
    expect(listeners).to.equal(0);
  });
});
