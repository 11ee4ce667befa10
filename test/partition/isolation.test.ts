import { expect } from 'chai';
import { CLUSTER_TOKEN as TOKEN_HEADER } from '../../mcp/headers.ts';
import { closeSockets, connectV1, connectV2, openEvents, RawSession, textOf } from '../support/clients.ts';
import { CLUSTER_TOKEN, type Cluster, type ClusterMember } from '../support/cluster.ts';
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

  before(async function () {
    needs(this, canMakeNetworks(), NETWORKS);
    network = new Network(['coordinator', 'node-1', 'node-2']);
    faults = new Partitions(network);
    clusters = await startOn(network, ['coordinator'], 2);
    cluster = clusters[0] as Cluster;
    home = cluster.node('node-1');
    adopter = cluster.node('node-2');
  });
  afterEach(async () => {
    faults?.mend();
    await closeSockets();
    await cluster?.until('both nodes in placement', (rows) => cluster.nodes.every(({ id }) => isUsed(id)(rows)));
  });
  after(async () => {
    await stopAll(clusters);
    await network?.close();
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
    const listener = await RawSession.open(`${cluster.url}/mcp/own`, on(home.id));
    expect(await listener.call('count')).to.equal('node-1 1');
    const stream = await listener.listen();
    // One that no coordinator ends, since none knows of it.
    const [, inner = ''] = listener.id.split('.');
    const direct = await openEvents(`${home.url}/mcp/own`, { [TOKEN_HEADER]: CLUSTER_TOKEN, 'mcp-session-id': inner });
    expect(direct.status).to.equal(200);
    const all = [...clients.map(({ count }) => count), () => listener.call('count')];
    const processes = home.process.descendants().length;
    const from = cluster.coordinator.process.log.length;
    faults.isolate(home.id);
    await lost(cluster, home.id, from);
    await stream.closed;
    for (const count of all) expect(await count()).to.equal('node-2 1');
    const again = await listener.listen();
    await again.until('MCPHUB_SESSION_RECREATED');
    faults.mend();
    await cluster.until('node-1 in placement again', isUsed(home.id));
    await until(async () => (await sessionsAt(home)) === 0);
    await direct.closed;
    await until(() => home.process.descendants().length === processes - all.length);
    expect(await sessionsAt(adopter)).to.equal(all.length);
    for (const count of all) expect(await count()).to.equal('node-2 2');
    again.close();
    await Promise.all(clients.map(({ close }) => close()));
  });

  it('leaves no call waiting: each ends with an error under its id, or with the answer of another node', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`, on(home.id));
    const v1 = await connectV1(`${cluster.url}/mcp/tools`, { headers: on(home.id) });
    const sleep = {
      jsonrpc: '2.0',
      id: 'sleep',
      method: 'tools/call',
      params: { name: 'sleep', arguments: { ms: 10_000 } },
    };
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
});
