import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { request } from 'undici';
import { META } from '../../mcp/modern.ts';
import { ask, headersOf, type ModernRequest, ModernStream, messageOf } from '../matrix/modern-wire.ts';
import { initialize, post, type RpcReply } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { until } from '../support/until.ts';
import { call, mcpServers, NOTE, textOf } from './modern-node.ts';

const echo = (message = 'hello'): ModernRequest => call('echo', { message });
const facts = ({ status, body }: RpcReply) => [status, body?.error?.code];

describe('a request without a session at a node', function () {
  this.timeout(20_000);
  const nodes = new Nodes();
  let url: string;

  before(async () => {
    ({ url } = await nodes.start({ mcpServers }));
    url = `${url}/mcp/m`;
    expect(textOf(await ask(url, echo()))).to.equal('hello');
  });
  after(() => nodes.stop());

  describe('is not served when it is wrong', () => {
    it('lacks its envelope or a part of it', async () => {
      const wrong: Record<string, unknown>[] = [
        { [META.clientCapabilities]: undefined },
        { [META.clientCapabilities]: 'many' },
        { [META.clientInfo]: { name: 7 } },
        { [META.logLevel]: 'loud' },
      ];
      for (const meta of wrong) {
        const reply = await ask(url, { ...echo(), meta });
        expect(facts(reply), JSON.stringify(meta)).to.deep.equal([400, -32602]);
        expect(reply.body?.id).to.equal(1);
      }
      const bare = { jsonrpc: '2.0', id: 'x', method: 'tools/list' };
      const headers = headersOf({ method: 'tools/list' });
      for (const message of [bare, { ...bare, params: {} }, { ...bare, params: { _meta: {} } }]) {
        const reply = await post(url, message, headers);
        expect(facts(reply), JSON.stringify(message)).to.deep.equal([400, -32602]);
        expect(reply.body?.id).to.equal('x');
      }
    });

    it('has headers that say something else than its body, or nothing', async () => {
      const name = `=?base64?${Buffer.from('other').toString('base64')}?=`;
      const wrong: Record<string, string | undefined>[] = [
        { 'mcp-protocol-version': undefined },
        { 'mcp-protocol-version': '2025-11-25' },
        { 'mcp-protocol-version': '2027-01-01' },
        { 'mcp-method': undefined },
        { 'mcp-method': 'tools/list' },
        { 'mcp-method': 'Tools/Call' },
        { 'mcp-name': undefined },
        { 'mcp-name': 'other' },
        { 'mcp-name': 'Echo' },
        { 'mcp-name': name },
        { 'mcp-name': '=?base64?###?=' },
      ];
      for (const headers of wrong) {
        const reply = await ask(url, { ...echo(), headers });
        expect(facts(reply), JSON.stringify(headers)).to.deep.equal([400, -32020]);
        expect(reply.body?.id).to.equal(1);
      }
    });

    it('names arguments that their headers do not repeat', async () => {
      const place = call('place', { region: 'Øst', count: 2 });
      const region = `=?base64?${Buffer.from('Øst').toString('base64')}?=`;
      const good = { 'mcp-param-region': region, 'mcp-param-count': '2' };
      expect(textOf(await ask(url, { ...place, headers: good }))).to.equal('Øst 2');
      const wrong: Record<string, string | undefined>[] = [
        { ...good, 'mcp-param-region': undefined },
        { ...good, 'mcp-param-region': 'West' },
        { ...good, 'mcp-param-region': '=?base64?###?=' },
        { ...good, 'mcp-param-count': undefined },
        { ...good, 'mcp-param-count': '3' },
      ];
      for (const headers of wrong) {
        const reply = await ask(url, { ...place, headers });
        expect(facts(reply), JSON.stringify(headers)).to.deep.equal([400, -32020]);
      }
    });

    it('names a revision that is not served, and learns which ones are', async () => {
      const discovered = await ask(url, { method: 'server/discover' });
      const supportedVersions = discovered.body?.result?.supportedVersions;
      expect(supportedVersions).to.include('2026-07-28');
      for (const revision of ['2027-01-01', '2025-11-25', '1999-01-01', 'next']) {
        const reply = await ask(url, {
          ...echo(),
          meta: { [META.protocolVersion]: revision },
          headers: { 'mcp-protocol-version': revision },
        });
        expect(facts(reply), revision).to.deep.equal([400, -32022]);
        expect(reply.body?.error?.data, revision).to.deep.include({
          supported: supportedVersions,
          requested: revision,
        });
      }
    });

    it('has a method that this revision does not have', async () => {
      for (const method of ['ping', 'logging/setLevel', 'resources/subscribe', 'tasks/list', 'no/such', 'toString']) {
        expect(facts(await ask(url, { method, params: { level: 'info', uri: NOTE } })), method).to.deep.equal([
          404, -32601,
        ]);
      }
    });

    it('is part of a batch, or is no request at all', async () => {
      const messages = [messageOf(echo()), messageOf({ ...echo(), id: 2 })];
      for (const batch of [messages, [messages[0]], [messages[0], { jsonrpc: '2.0', id: 3, method: 'ping' }]]) {
        expect(facts(await post(url, batch, headersOf(echo())))).to.deep.equal([400, -32600]);
        expect(facts(await post(url, batch))).to.deep.equal([400, -32600]);
      }
      const headers = headersOf({ method: 'tools/list', headers: { 'mcp-method': undefined } });
      expect((await post(url, { jsonrpc: '2.0', id: 1, result: {} }, headers)).status).to.equal(400);
    });

    it('opens a session while it says that there are none', async () => {
      expect(facts(await post(url, initialize(), headersOf({ method: 'initialize' })))).to.deep.equal([400, -32020]);
      const enveloped = await ask(url, { method: 'initialize' });
      expect(facts(enveloped)).to.deep.equal([404, -32601]);
      expect(enveloped.headers['mcp-session-id']).to.equal(undefined);
    });
  });

  it('is not answered with a body when it is a notification', async () => {
    for (const message of [
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
      { ...messageOf({ method: 'notifications/cancelled' }), id: undefined },
    ]) {
      const reply = await post(url, message, headersOf({ method: 'notifications/cancelled' }));
      expect([reply.status, reply.text]).to.deep.equal([202, '']);
    }
  });

  it('is not made with another verb', async () => {
    for (const method of ['GET', 'DELETE'] as const) {
      const headers = { accept: 'text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-session-id': 'x' };
      const response = await request(url, { method, headers });
      await response.body.dump();
      expect([response.statusCode, response.headers.allow], method).to.deep.equal([405, 'POST']);
    }
  });

  it('is not bound to a session that it names', async () => {
    const reply = await ask(url, { ...echo(), headers: { 'mcp-session-id': 'no-such-session' } });
    expect(textOf(reply)).to.equal('hello');
    expect(reply.headers['mcp-session-id']).to.equal(undefined);
  });

  for (const target of ['m', 'e']) {
    it(`does not run on at the server when its client has gone (${target})`, async () => {
      const at = url.replace(/m$/, target);
      const key = randomUUID();
      const abort = new AbortController();
      const waiting = ask(at, target === 'm' ? call('wait', { key }) : call('sleep', { ms: 60_000 }), abort.signal);
      const ended = waiting.then(
        () => 'answered',
        () => 'gone',
      );
      const said = async (name: string) => textOf(await ask(at, call(name, { key })));
      if (target === 'm') await until(async () => (await said('cancelled')) === 'waiting');
      else await until(async () => (await said('pid')) !== '');
      abort.abort();
      expect(await ended).to.equal('gone');
      if (target === 'm') await until(async () => (await said('cancelled')) === 'cancelled');
      else await until(async () => (await said('heard')).includes('cancelled'));
    });
  }

  it('gets its progress on its own stream, with its own token, and no other does', async () => {
    const streams = await Promise.all(
      ['one', 'two'].map((progressToken, i) =>
        ModernStream.open(url, { ...call('count'), id: `call-${i}`, meta: { progressToken } }),
      ),
    );
    await Promise.all(streams.map((stream) => stream.end()));
    for (const [i, progressToken] of ['one', 'two'].entries()) {
      const { messages } = streams[i] as ModernStream;
      const reports = messages.filter(({ method }) => method !== undefined).map(({ params }) => params);
      expect(reports).to.deep.equal([1, 2, 3].map((progress) => ({ progressToken, progress, total: 3 })));
      expect(messages.at(-1)?.id).to.equal(`call-${i}`);
    }
    const silent = await ask(url, call('count'));
    expect(silent.events).to.have.length(1);
  });

  it('gets log lines of the level that it asks for, and none unasked', async () => {
    const at = url.replace(/m$/, '');
    const levels = async (name: string, args: object, logLevel?: string) => {
      const { events } = await ask(at, { ...call(name, args), meta: { [META.logLevel]: logLevel } });
      return events.filter(({ method }) => method === 'notifications/message').map(({ params }) => params?.level);
    };
    expect(await levels('f-test_tool_with_logging', {})).to.deep.equal([]);
    expect(await levels('f-test_tool_with_logging', {}, 'info')).to.deep.equal(['info', 'info', 'info']);
    expect(await levels('f-test_tool_with_logging', {}, 'error')).to.deep.equal([]);
    const line = { message: 'x', at: 'warning' };
    expect(await levels('e-log', line)).to.deep.equal([]);
    expect(await levels('e-log', line, 'debug')).to.deep.equal(['warning']);
    expect(await levels('e-log', line, 'error')).to.deep.equal([]);
  });
});
