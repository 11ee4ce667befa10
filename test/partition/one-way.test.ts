import { expect } from 'chai';
import { closeSockets, connectV1, RawSession, textOf } from '../support/clients.ts';
import type { Cluster, ClusterMember } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { canMakeNetworks, NETWORKS, Network } from '../support/namespaces.ts';
import { needs } from '../support/needs.ts';
import { Partitions } from '../support/partitions.ts';
import { until } from '../support/until.ts';
import {
  HEARTBEAT_INTERVAL,
  isSilent,
  isUsed,
  LOST_WITHIN,
  lost,
  NODE_TIMEOUT,
  on,
  sessionsAt,
  startOn,
  stopAll,
} from './members.ts';

describe('a connection that is broken one way only', function () {
  this.timeout(45_000);
  let network: Network;
  let faults: Partitions;
  let clusters: Cluster[] = [];
  let cluster: Cluster;
  let home: ClusterMember;

  before(async function () {
    needs(this, canMakeNetworks(), NETWORKS);
    network = new Network(['coordinator', 'node-1', 'node-2']);
    faults = new Partitions(network);
    clusters = await startOn(network, ['coordinator'], 2);
    cluster = clusters[0] as Cluster;
    home = cluster.node('node-1');
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

  const open = (target: string, id = home.id) => RawSession.open(`${cluster.url}/mcp/${target}`, on(id));
  /** What the coordinator said of a node's comings and goings since then. */
  const changesOf = (id: string, from: number) =>
    cluster.coordinator.process.log
      .slice(from)
      .filter(({ level, node }) => node === id && level !== 'debug')
      .map(({ msg }) => msg?.replace(/ \(last.*|: .*/, ''));
  /** Waits until the coordinator has heard of the node for so long. */
  const heardFor = (id: string, milliseconds: number) => {
    const since = Date.now() + milliseconds;
    return cluster.until('heartbeats', (rows) => rows.some((row) => row.id === id && row.lastHeartbeat > since));
  };

  it('so that heartbeats are lost, disturbs no session, but keeps new ones away', async () => {
    const session = await open('own');
    const client = await connectV1(`${cluster.url}/mcp/own`, { headers: on(home.id) });
    const stream = await session.listen();
    let streamEnded = false;
    void stream.closed.then(() => {
      streamEnded = true;
    });
    expect(await session.call('count')).to.equal('node-1 1');
    const long = session.request('tools/call', { name: 'sleep', arguments: { ms: 6_000 } });
    const from = cluster.coordinator.process.log.length;
    faults.shut('coordinator', home.id);
    const [silent] = await cluster.until('node-1 silent', isSilent(home.id));
    let calls = 1;
    // Long enough for several questions whether it is there.
    do {
      calls += 1;
      expect(await session.call('count')).to.equal(`node-1 ${calls}`);
      expect(textOf(await client.callTool({ name: 'count', arguments: {} }))).to.equal(`node-1 ${calls - 1}`);
      expect(await (await open('tools')).call('whoami')).to.equal('node-2');
    } while (Date.now() - (silent?.lastHeartbeat ?? 0) < NODE_TIMEOUT + 3_000);
    expect((await long).body?.result).to.deep.include({ content: [{ type: 'text', text: 'slept 6000' }] });
    expect(isSilent(home.id)(await cluster.api('/nodes'))).to.equal(true);
    expect(changesOf(home.id, from)).to.eql(['Marking node node-1 as unhealthy']);
    faults.mend();
    await cluster.until('node-1 in placement again', isUsed(home.id));
    expect(await session.call('count')).to.equal(`node-1 ${calls + 1}`);
    expect(await (await open('tools')).call('whoami')).to.equal('node-1');
    expect(streamEnded).to.equal(false);
    stream.close();
    await client.close();
  });

  it('so that a node can be heard but not reached, moves its sessions once, and it does not flap', async () => {
    const before = await sessionsAt(home);
    const session = await open('own');
    const client = await connectV1(`${cluster.url}/mcp/own`, { headers: on(home.id) });
    expect(await session.call('count')).to.equal('node-1 1');
    // A coordinator without connections that were opened before.
    await cluster.coordinator.restart('SIGKILL');
    for (const { id } of cluster.nodes) await cluster.hosts(id, ['tools', 'own']);
    const from = cluster.coordinator.process.log.length;
    faults.shut(home.id, 'coordinator');
    const begun = performance.now();
    expect(await session.call('count')).to.equal('node-2 1');
    expect(performance.now() - begun).to.be.lessThan(4_500);
    expect(textOf(await client.callTool({ name: 'count', arguments: {} }))).to.equal('node-2 1');
    await lost(cluster, home.id, from);
    await heardFor(home.id, 5 * HEARTBEAT_INTERVAL);
    expect(await (await open('tools')).call('whoami')).to.equal('node-2');
    const changes = ['Node cannot be reached', 'Node does not answer any more'];
    expect(changesOf(home.id, from)).to.eql(changes);
    faults.mend();
    await cluster.until('node-1 in placement again', isUsed(home.id));
    const told = [...changes, 'Node answers again'];
    await eventually('the log', () => expect(changesOf(home.id, from)).to.eql(told));
    await until(async () => (await sessionsAt(home)) === before);
    expect(await session.call('count')).to.equal('node-2 2');
    expect(textOf(await client.callTool({ name: 'count', arguments: {} }))).to.equal('node-2 2');
    expect(await (await open('tools')).call('whoami')).to.equal('node-1');
    await client.close();
  });

  it('so that a node can be heard but not reached, ends calls that are on their way on open connections', async () => {
    const session = await open('tools');
    expect(await session.call('whoami')).to.equal('node-1');
    faults.shut(home.id, 'coordinator');
    const reply = await session.request('tools/call', { name: 'whoami' }, AbortSignal.timeout(2 * LOST_WITHIN));
    if (reply.body?.result === undefined) expect(reply.body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST' });
    expect(await session.call('whoami')).to.equal('node-2');
  });

  it('so that answers are lost, executes no call twice', async () => {
    const session = await open('tools');
    expect(await session.call('whoami')).to.equal('node-1');
    const from = cluster.coordinator.process.log.length;
    faults.deafen('coordinator', home.id);
    const label = 'only once';
    const reply = await session.request('tools/call', { name: 'sleep', arguments: { ms: 1, label } });
    expect(reply.body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST', retryable: false });
    await cluster.coordinator.process.message(/^Node does not answer any more/, from);
    expect(await session.call('history')).to.equal('[]');
    faults.mend();
    await cluster.until('node-1 in placement again', isUsed(home.id));
    const histories = await Promise.all(
      ['node-1', 'node-2'].map(async (id) => (await open('tools', id)).call('history')),
    );
    expect(histories).to.eql([JSON.stringify([`started ${label}`, `finished ${label}`]), '[]']);
  });
});
