import { expect } from 'chai';
import { closeSockets, connectV1, connectV2, openEvents, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, type ClusterMember, clusterAuth } from '../support/cluster.ts';
import { canMakeNetworks, NETWORKS, Network } from '../support/namespaces.ts';
import { needs } from '../support/needs.ts';
import { Partitions } from '../support/partitions.ts';
import { until } from '../support/until.ts';
import { isUsed, LOST_WITHIN, lost, on, sessionsAt, startOn, stopAll } from './members.ts';

describe('a node that is cut off from everything', function () {
  this.timeout(45_000);
  let network: Network;
  let faults: Partitions;
  let clusters: Cluster[] = [];
  let cluster: Cluster;
  let home: ClusterMember;
  let adopter: ClusterMember;

  before(function () {
    needs(this, canMakeNetworks(), NETWORKS);
    network = new Network(['coordinator', 'node-1', 'node-2']);
    faults = new Partitions(network);
  });
  after(async () => network?.close());
  beforeEach(async () => {
    clusters = await startOn(network, ['coordinator'], 2);
    cluster = clusters[0] as Cluster;
    home = cluster.node('node-1');
    adopter = cluster.node('node-2');
  });
  afterEach(async () => {
    faults?.mend();
    await closeSockets();
    await stopAll(clusters);
  });

  /** Clients of all kinds, each with a session and a process of its own on the node. */
  async function openAll(): Promise<{ count: () => Promise<string>; close: () => Promise<unknown> }[]> {
    const call = { name: 'count', arguments: {} };
    const raw = await RawSession.open(`${cluster.url}/mcp/own`, on(home.id));
    const v1 = await connectV1(`${cluster.url}/mcp/own`, { headers: on(home.id) });
    const sse = await connectV1(`${cluster.url}/sse/own`, { headers: on(home.id) });
    const v2 = await connectV2(`${cluster.url}/mcp/own`, 'legacy', {
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set('x-node', home.id);
        return fetch(url, { ...init, headers });
      },
    });
    return [
      { count: () => raw.call('count'), close: () => raw.close() },
      ...[v1, sse, v2].map((client) => ({
        count: async () => textOf(await client.callTool(call)),
        close: () => client.close(),
      })),
    ];
  }

  it('loses no session, and gives way to the node that took them over', async () => {
    const clients = await openAll();
    for (const { count } of clients) expect(await count()).to.equal('node-1 1');
    const processes = home.process.descendants().length;
    const from = cluster.coordinator.process.log.length;
    faults.isolate(home.id);
    await lost(cluster, home.id, from);
    for (const { count } of clients) expect(await count()).to.equal('node-2 1');
    faults.mend();
    await cluster.until('node-1 in placement again', isUsed(home.id));
    await until(async () => (await sessionsAt(home)) === 0);
    await until(() => home.process.descendants().length === processes - clients.length);
    expect(await sessionsAt(adopter)).to.equal(clients.length);
    for (const { count } of clients) expect(await count()).to.equal('node-2 2');
    await Promise.all(clients.map(({ close }) => close()));
  });

  it('leaves no call waiting: each ends with an error under its id, or with the answer of another node', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`, on(home.id));
    const v1 = await connectV1(`${cluster.url}/mcp/tools`, { headers: on(home.id) });
    const sleep = { jsonrpc: '2.0', id: 'sleep', method: 'tools/call', params: { name: 'sleep', arguments: { ms: 1e6 } } };
    const sleeping = session.send(sleep);
    await until(async () => (await session.call('history')).includes('started'));
    const begun = performance.now();
    faults.isolate(home.id);
    // These are on connections that look as if they were fine.
    const pong = session.request('ping');
    const list = v1.listTools();
    const reply = await sleeping;
    expect(performance.now() - begun).to.be.lessThan(LOST_WITHIN);
    expect(reply.status).to.equal(200);
    expect(reply.body).to.deep.include({ jsonrpc: '2.0', id: 'sleep' });
    expect(reply.body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST', node: home.id, retryable: false });
    expect((await pong).body?.result).to.eql({});
    expect((await list).tools).not.to.eql([]);
    expect(await session.call('whoami')).to.equal(adopter.id);
    await v1.close();
  });

  it('is not waited for longer than for a connection, by a coordinator that has none to it', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/own`, on(home.id));
    expect(await session.call('count')).to.equal('node-1 1');
    await cluster.coordinator.restart('SIGKILL');
    for (const { id } of cluster.nodes) await cluster.hosts(id, ['tools', 'own']);
    faults.isolate(home.id);
    const begun = performance.now();
    expect(await session.call('count')).to.equal('node-2 1');
    expect(performance.now() - begun).to.be.within(1_000, 4_500);
  });

  it('ends the streams of sessions that went on elsewhere, when it is back', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`, on(home.id));
    await session.call('whoami');
    const through = await session.listen();
    // A stream that no coordinator ends, since none knows of it.
    const [, inner = ''] = session.id.split('.');
    const direct = await openEvents(`${home.url}/mcp/tools`, { ...clusterAuth, 'mcp-session-id': inner });
    expect(direct.status).to.equal(200);
    faults.isolate(home.id);
    await through.closed;
    expect(await session.call('whoami')).to.equal(adopter.id);
    const again = await session.listen();
    await again.until('MCPHUB_SESSION_RECREATED');
    faults.mend();
    await direct.closed;
    expect(await session.call('whoami')).to.equal(adopter.id);
    again.close();
  });
});
