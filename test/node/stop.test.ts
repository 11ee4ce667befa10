import { expect } from 'chai';
import { connectV1, RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { goneWithin } from '../support/servers/hosting.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('a node that stops', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const start = (drainTimeout: number) =>
    nodes.start({
      mcpServers: { a: echoServer() },
      systemConfig: { cluster: { node: { drainTimeout } } },
    });
  const sleep = (session: RawSession) => session.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } });
  const sleeping = async (session: RawSession) => {
    await until(async () => (await session.call('heard')).includes('call sleep'));
  };

  it('does not cut off a call that ends within the drain timeout', async () => {
    const { node, url } = await start(10_000);
    const session = await RawSession.open(`${url}/mcp/a`);
    const call = sleep(session);
    await sleeping(session);
    const stopped = node.stop({ graceful: true });
    expect(node.ready()).to.equal(false);
    await session.call('wake');
    expect(textOf((await call).body?.result)).to.equal('woken');
    await stopped;
  });

  it('does not end the others in silence, nor wait longer than the drain timeout', async () => {
    const { node, url } = await start(100);
    const session = await RawSession.open(`${url}/mcp/a`);
    const client = await connectV1(`${url}/sse/a`);
    const calls = [
      sleep(session),
      client.callTool({ name: 'sleep', arguments: { ms: 60_000 } }).catch((error) => error),
    ];
    await sleeping(session);
    while ((await session.call('heard')).split('call sleep').length < 3);
    const pid = Number(await session.call('pid'));
    const began = performance.now();
    await node.stop({ graceful: true });
    expect(performance.now() - began).to.be.within(90, 4_000);
    const [reply, error] = await Promise.all(calls);
    expect(reply.body?.error?.data?.code).to.equal('MCPHUB_CANCELLED');
    expect(error.message).to.include('cancelled');
    expect(await goneWithin(pid, 1_000)).to.equal(true);
    await client.close();
  });

  it('does not hang when it is stopped twice, or was never started', async () => {
    const { node } = await start(100);
    await Promise.all([node.stop(), node.stop()]);
    await node.stop();
  });

  it('does not start on a port that is taken, and says so', async () => {
    const { url } = await start(100);
    const port = Number(new URL(url).port);
    const options = { listen: { host: '127.0.0.1', port, basePath: '' } };
    const error = await nodes.start({ mcpServers: {} }, options).catch((reason: NodeJS.ErrnoException) => reason);
    expect((error as NodeJS.ErrnoException).code).to.equal('EADDRINUSE');
  });
});
