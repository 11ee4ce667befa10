import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('log messages through a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const MESSAGE = 'notifications/message';
  const logged = async (session: RawSession, message: string, at: string, name = 'log') => {
    const { events } = await session.request('tools/call', { name, arguments: { message, at } });
    return events.filter(({ method }) => method === MESSAGE).map(({ params }) => params?.data);
  };

  it('are not filtered by the level of another session', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const [loud, low] = await Promise.all([RawSession.open(`${url}/mcp/a`), RawSession.open(`${url}/mcp/a`)]);
    expect((await loud.request('logging/setLevel', { level: 'debug' })).body?.result).to.deep.equal({});
    expect((await low.request('logging/setLevel', { level: 'error' })).body?.result).to.deep.equal({});
    expect(await loud.call('level')).to.equal('debug');
    expect(await logged(loud, 'm', 'debug')).to.deep.equal(['m']);
    expect(await logged(low, 'm', 'warning')).to.deep.equal([]);
    expect(await logged(low, 'm', 'critical')).to.deep.equal(['m']);
  });

  it('do not go missing for sessions without a level when another one wants few', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const [few, without] = await Promise.all([RawSession.open(`${url}/mcp/a`), RawSession.open(`${url}/mcp/a`)]);
    await few.request('logging/setLevel', { level: 'emergency' });
    expect(await without.call('level')).to.equal('info');
    expect(await logged(without, 'm', 'info')).to.deep.equal(['m']);
    expect(await logged(without, 'm', 'debug')).to.deep.equal([]);
  });

  it('are given to nobody when calls of several sessions may have caused them', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const [one, two] = await Promise.all([RawSession.open(`${url}/mcp/a`), RawSession.open(`${url}/mcp/a`)]);
    const streams = await Promise.all([one.listen(), two.listen()]);
    const sleeping = one.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } });
    await until(async () => (await two.call('heard')).includes('call sleep'));
    expect(await logged(two, 'secret', 'error')).to.deep.equal([]);
    await two.call('wake');
    expect((await sleeping).text).to.not.include('secret');
    await two.call('touch', { uri: 'a://x' });
    for (const stream of streams) {
      expect(stream.received()).to.not.include('secret');
      stream.close();
    }
  });

  it('are not lost when two calls of one session may have caused them and it has no stream', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const sleeping = session.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } });
    await until(async () => (await session.call('heard')).includes('call sleep'));
    expect(await logged(session, 'mine', 'error')).to.deep.equal(['mine']);
    await session.call('wake');
    await sleeping;
  });

  it('keep their level when the server was restarted', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    await session.request('logging/setLevel', { level: 'warning' });
    await session.request('tools/call', { name: 'exit' });
    await until(async () => (await session.call('level').catch(() => '')) === 'warning');
  });

  it('of an unknown level are refused', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    const { body } = await session.request('logging/setLevel', { level: 'loud' });
    expect(body?.error?.code).to.equal(-32602);
  });

  it('do not need servers that can log', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(['bare']) } });
    const session = await RawSession.open(`${url}/mcp/a`);
    expect((await session.request('logging/setLevel', { level: 'info' })).body?.result).to.deep.equal({});
    // The hub has something to say itself, when it re-creates a session.
    expect(session.opened.body?.result?.capabilities).to.deep.equal({ tools: { listChanged: true }, logging: {} });
  });
});
