import { expect } from 'chai';
import { closeSockets, connectV1, initialize, openEvents, post, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

/** A client whose machine lost its network: it reads nothing any more, says nothing, and closes nothing. */
describe('streams whose clients have vanished', function () {
  this.timeout(60_000);
  let cluster: Cluster;

  before(async () => {
    const systemConfig = { cluster: { node: { clientPingInterval: 300 } } };
    const node = { settings: hosting({ tools: script('cluster-tools') }, { systemConfig }) };
    cluster = await startCluster({ nodes: [node, node] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  it('do not shut out the client that is back, and end by themselves', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const streams = await Promise.all(Array.from({ length: 8 }, () => session.listen()));
    const ninth = await session.listen();
    expect([...streams, ninth].map(({ status }) => status)).to.eql(Array(9).fill(200));
    await Promise.all([...streams, ninth].map(({ closed }) => closed));
    expect(await session.call('echo', { message: 'back' })).to.equal('back');
  });

  it('do not go on at another node on HTTP+SSE, while the client of the SDK beside it stays', async () => {
    const client = await connectV1(`${cluster.url}/sse/tools`);
    const stream = await openEvents(`${cluster.url}/sse/tools`);
    const endpoint = /data: (\S+)/.exec(await stream.until('\n\n'))?.[1] ?? '';
    const send = (body: object) => post(new URL(endpoint, cluster.url).href, body);
    await send(initialize());
    await stream.until('serverInfo');
    await send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await stream.closed;
    await until(async () => (await send({ jsonrpc: '2.0', id: 1, method: 'ping' })).status === 404);
    const sessions = await Promise.all(cluster.nodes.map(({ process }) => process.metric('mcphub_node_open_streams')));
    expect(sessions.reduce((sum, count) => sum + count)).to.equal(1);
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'here' } }))).to.equal('here');
    await client.close();
  });
});
