import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { post, RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const INFO = { name: 'test', version: '1' };

describe('the reply to a POST', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  async function open(timing = {}, flags: string[] = []): Promise<RawSession> {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(flags) } }, { timing });
    return RawSession.open(`${url}/mcp/a`);
  }
  const heard = async (session: RawSession, what: string) => {
    await until(async () => (await session.call('heard')).includes(what));
  };

  it('is not an event stream when there is only the answer', async () => {
    const session = await open();
    const reply = await session.request('tools/call', { name: 'echo', arguments: { message: 'ö' } });
    expect(reply.status).to.equal(200);
    expect(reply.headers['content-type']).to.equal('application/json');
    expect(Number(reply.headers['content-length'])).to.equal(Buffer.byteLength(reply.text));
    expect(textOf(reply.body?.result)).to.equal('ö');
  });

  it('does not hold a notification back until the answer', async () => {
    const session = await open();
    const reply = await session.request('tools/call', { name: 'log', arguments: { message: 'hello' } });
    expect(reply.headers['content-type']).to.equal('text/event-stream');
    expect(reply.headers['cache-control']).to.equal('no-cache, no-transform');
    expect(reply.events.map(({ method }) => method)).to.deep.equal(['notifications/message', undefined]);
  });

  it('does not stay silent beyond the bound', async () => {
    const session = await open({ silenceBeforeStream: 100 });
    const fast = await session.request('tools/call', { name: 'sleep', arguments: { ms: 1 } });
    expect(fast.headers['content-type']).to.equal('application/json');
    const began = performance.now();
    const sent = httpRequest(session.url, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': session.id,
      },
    });
    const params = { name: 'sleep', arguments: { ms: 60_000 } };
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 'slow', method: 'tools/call', params }));
    const [head] = (await once(sent, 'response')) as [IncomingMessage];
    expect(head.headers['content-type']).to.equal('text/event-stream');
    expect(performance.now() - began).to.be.within(80, 2_000);
    await session.call('wake');
    const chunks = await head.setEncoding('utf8').toArray();
    expect(chunks.join('')).to.match(/^data: .*"id":"slow".*woken.*\n\n$/);
  });

  it('does not cancel a call when its client goes away, nor crash', async () => {
    const session = await open();
    const abort = new AbortController();
    const call = session.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } }, abort.signal);
    const failed = call.catch((error: Error) => error.name);
    await heard(session, 'call sleep');
    abort.abort();
    expect(await failed).to.equal('AbortError');
    await session.call('wake');
    expect(await session.call('heard')).to.not.include('cancelled');
    expect(await session.call('echo', { message: 'alive' })).to.equal('alive');
  });

  it('does not leave a cancelled call running in the server, nor its response open', async () => {
    const session = await open();
    const params = { name: 'sleep', arguments: { ms: 60_000 } };
    const call = session.send({ jsonrpc: '2.0', id: 'mine', method: 'tools/call', params });
    await heard(session, 'call sleep');
    const cancelled = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 'mine', reason: 'no' },
    };
    expect((await session.send(cancelled)).status).to.equal(202);
    const reply = await call;
    expect(reply.status).to.equal(200);
    expect(reply.body).to.equal(undefined);
    await heard(session, 'notifications/cancelled');
  });

  it('does not send a cancelled call to a server that was still starting', async () => {
    const { url } = await nodes.start(
      { mcpServers: { slow: echoServer(['delay=600']), b: echoServer() } },
      {
        timing: { serverDeadline: 50 },
      },
    );
    const session = await RawSession.open(`${url}/mcp`);
    const body = { jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'slow-echo' } };
    const call = session.send(body);
    await session.call('b-echo');
    await session.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 9 } });
    expect((await call).body).to.equal(undefined);
    const heardThere = await session.call('slow-heard');
    expect(heardThere).to.include('call heard').and.not.include('call echo');
  });

  it('does not end a call with silence when its session ends', async () => {
    const session = await open();
    const call = session.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } });
    await heard(session, 'call sleep');
    expect(await session.close()).to.equal(200);
    expect((await call).body?.error?.data?.code).to.equal('MCPHUB_CANCELLED');
  });

  describe('to a batch', () => {
    async function openAt(protocolVersion: string): Promise<{ send: (body: unknown) => ReturnType<typeof post> }> {
      const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
      const params = { protocolVersion, capabilities: {}, clientInfo: INFO };
      const opened = await post(`${url}/mcp/a`, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
      const headers = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
      return { send: (body) => post(`${url}/mcp/a`, body, headers) };
    }
    const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });
    const echo = (id: number, message: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'echo', arguments: { message } },
    });

    it('of 2025-03-26 lacks no answer', async () => {
      const { send } = await openAt('2025-03-26');
      const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
      const reply = await send([ping(1), note, echo(2, 'two'), echo(3, 'three')]);
      expect(reply.status).to.equal(200);
      const answers = JSON.parse(reply.text) as { id: number; result: unknown }[];
      expect(answers.map(({ id }) => id).toSorted()).to.deep.equal([1, 2, 3]);
      expect(textOf(answers.find(({ id }) => id === 3)?.result)).to.equal('three');
      expect(JSON.parse((await send([ping(4)])).text)).to.deep.equal([{ jsonrpc: '2.0', id: 4, result: {} }]);
    });

    it('of notifications only is accepted without a body', async () => {
      const { send } = await openAt('2025-03-26');
      const reply = await send([{ jsonrpc: '2.0', method: 'notifications/initialized' }]);
      expect([reply.status, reply.text]).to.deep.equal([202, '']);
    });

    it('that becomes a stream lacks no answer', async () => {
      const { send } = await openAt('2025-03-26');
      const log = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'log', arguments: { message: 'm' } } };
      const reply = await send([ping(1), echo(2, 'x'), log]);
      expect(reply.headers['content-type']).to.equal('text/event-stream');
      expect(reply.events.flatMap(({ id }) => id ?? []).toSorted()).to.deep.equal([1, 2, 3]);
    });

    it('is refused in later revisions, when it is empty, and when it has initialize', async () => {
      for (const revision of ['2025-06-18', '2025-11-25']) {
        const { status, body } = await (await openAt(revision)).send([ping(1)]);
        expect([status, body?.error?.code]).to.deep.equal([400, -32600]);
      }
      const { send } = await openAt('2025-03-26');
      const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: INFO };
      for (const bad of [[], [{ jsonrpc: '2.0', id: 1, method: 'initialize', params }], [ping(1), 7]]) {
        const { status, body } = await send(bad);
        expect([status, body?.error?.code]).to.deep.equal([400, -32600]);
      }
    });
  });
});
