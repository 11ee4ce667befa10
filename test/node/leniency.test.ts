import { expect } from 'chai';
import { META } from '../../mcp/modern.ts';
import { modernHeaders } from '../router/support/modern.ts';
import { openEvents, post, RawSession } from '../support/clients.ts';
import { script } from '../support/cluster.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

describe('what clients write in other ways than most', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('is no reason to refuse them: Accept in any case and with ranges, a byte order mark', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp`);
    for (const accept of ['Application/JSON, Text/Event-Stream', 'application/*, text/*;q=0.5', '*/*;q=0.1']) {
      expect((await session.send(PING, { accept })).body?.result, accept).to.deep.equal({});
      const stream = await session.listen({ accept });
      expect(stream.status, accept).to.equal(200);
      stream.close();
    }
    expect((await session.send(PING, { accept: 'application/json, text/event-stream;q=0' })).status).to.equal(406);
    expect((await session.send(`\ufeff${PING}`)).body?.result).to.deep.equal({});
    const events = await openEvents(`${url}/sse`);
    const [, endpoint] = /data: (\S+)/.exec(await events.until('data: ')) ?? [];
    expect((await post(`${url}${endpoint}`, `\ufeff${PING}`)).status).to.equal(202);
    await events.until('"result":{}');
    events.close();
  });

  it('is named when it is wrong', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp`);
    for (const [body, problem] of [
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', '"params" is null; send an object, or leave it out'],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', '"params" is a list'],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":1.0}', '"params" is a number'],
      ['{"jsonrpc":"2.0","id":null,"method":"ping"}', '"id" is null, neither a text nor a number'],
      ['{"jsonrpc":"2.0","id":1}', 'neither a "method" nor'],
      ['{"id":1,"method":"ping"}', 'lacks "jsonrpc":"2.0"'],
      [`[${PING},7]`, 'it is no object'],
    ] as const) {
      const { status, body: answer } = await session.send(body);
      expect(status, body).to.equal(400);
      expect(answer?.error?.message, body).to.include(problem);
    }
  });

  it('is bounded by settings, which the errors name', async () => {
    const limits = { requestBytes: 20_000, requestValues: 2_000, stdioMessageBytes: 30_000 };
    const { url } = await nodes.start({
      mcpServers: { a: echoServer() },
      systemConfig: { cluster: { limits } },
    });
    const session = await RawSession.open(`${url}/mcp/a`);
    const echo = (message: unknown) => session.request('tools/call', { name: 'echo', arguments: { message } });
    expect((await echo('x'.repeat(19_000))).body?.result).to.be.an('object');
    const large = await echo('x'.repeat(20_000));
    expect(large.status).to.equal(413);
    expect(large.body?.error?.message).to.include('20000 bytes (systemConfig.cluster.limits.requestBytes)');
    const many = await echo(Array(2_000).fill(1));
    expect(many.status).to.equal(400);
    expect(many.body?.error?.data).to.include({ code: 'MCPHUB_JSON_BOUNDS' });
    expect(many.body?.error?.message).to.include('more than 2000 values and names of members');
    expect(many.body?.error?.data?.remedy).to.include('systemConfig.cluster.limits.requestValues');
    const deep = await session.send(
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'['.repeat(600)}${']'.repeat(600)}}`,
    );
    expect(deep.body?.error?.message).to.include('more than 512 levels');
  });

  it('does not leave a call waiting whose stdio server writes more at once than the settings allow', async () => {
    const { url } = await nodes.start({
      mcpServers: { a: script('hostile') },
      systemConfig: { cluster: { limits: { stdioMessageBytes: 30_000 } } },
    });
    const session = await RawSession.open(`${url}/mcp/a`);
    const long = (size: number) => session.request('tools/call', { name: 'long', arguments: { size } });
    expect((await long(29_000)).body?.result).to.be.an('object');
    const { body } = await long(31_000);
    expect(body?.error?.message).to.match(/more than the 30000 of systemConfig\.cluster\.limits\.stdioMessageBytes/);
  });

  it('does not break on a question for roots, which has params even where its server wrote none', async () => {
    const { url } = await nodes.start({ mcpServers: { own: script('verbatim', { perSessionClient: true }) } });
    const params = {
      name: 'roots',
      arguments: {},
      _meta: { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: { roots: {} } },
    };
    const headers = { ...modernHeaders('tools/call', params), 'x-mcphub-state-id': 'roots' };
    const { body } = await post(`${url}/mcp/own`, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
    const [question] = Object.values((body?.result?.inputRequests ?? {}) as object);
    expect(question).to.deep.equal({ method: 'roots/list', params: {} });
  });
});
