import { expect } from 'chai';
import { initialize, post, RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const MISSING = { command: 'no-such-command-anywhere' };

describe('a server that does not work', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('does not keep the others from their work when its command does not exist', async () => {
    const { url } = await nodes.start({ mcpServers: { missing: MISSING, a: echoServer() } });
    const began = performance.now();
    const session = await RawSession.open(`${url}/mcp`);
    expect(performance.now() - began).to.be.below(3_000);
    expect(session.opened.body?.result?.serverInfo).to.deep.include({ name: 'mcphub' });
    expect(await session.call('a-echo', { message: 'fine' })).to.equal('fine');
    const { body } = await session.request('tools/list');
    expect(body?.result?._meta).to.deep.equal({ 'mcphub.io/partial': ['missing'] });
    const refused = await session.request('tools/call', { name: 'missing-x' });
    expect(refused.body?.error?.message).to.include("'missing'").and.include('no-such-command-anywhere');
    expect(refused.body?.error?.data?.code).to.equal('MCPHUB_SERVER_UNAVAILABLE');
  });

  it('says at its own route what is wrong', async () => {
    const { url } = await nodes.start({ mcpServers: { missing: MISSING } });
    const { status, body } = await post(`${url}/mcp/missing`, initialize());
    expect(status).to.equal(503);
    expect(body?.id).to.equal(0);
    expect(body?.error?.message).to.include("'missing'").and.include('no-such-command-anywhere');
    const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
    expect(health.status).to.equal('degraded');
    expect(health.servers).to.deep.equal({ total: 1, connected: 0, disconnected: 1 });
  });

  it('does not disturb others with garbage, or with an answer that is too long', async function () {
    this.timeout(30_000);
    const { url } = await nodes.start({ mcpServers: { bad: echoServer(), a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp`);
    expect(await session.call('bad-garbage')).to.equal('after garbage');
    const [big, ...small] = await Promise.all([
      session.request('tools/call', { name: 'bad-big', arguments: { size: 12 * 1024 * 1024 } }),
      ...Array.from({ length: 20 }, (_, index) => session.call('a-echo', { message: `m${index}` })),
    ]);
    expect(small).to.deep.equal(Array.from({ length: 20 }, (_, index) => `m${index}`));
    expect(big.body?.error?.code ?? textOf(big.body?.result).length).to.be.oneOf([-32603, 12 * 1024 * 1024]);
    expect(await session.call('bad-echo', { message: 'still there' })).to.equal('still there');
    const nine = await session.call('bad-big', { size: 9 * 1024 * 1024 });
    expect(nine.length).to.equal(9 * 1024 * 1024);
  });

  it('does not hang the calls that ran in it when it dies', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const sessions = await Promise.all([RawSession.open(`${url}/mcp/a`), RawSession.open(`${url}/mcp/a`)]);
    const calls = sessions.map((session) =>
      session.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } }),
    );
    while ((await sessions[0].call('heard')).split('call sleep').length < 3);
    await sessions[1].request('tools/call', { name: 'exit' });
    for (const { body } of await Promise.all(calls)) expect(body?.error?.data?.code).to.equal('MCPHUB_SERVER_LOST');
  });
});
