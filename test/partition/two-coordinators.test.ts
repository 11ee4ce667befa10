import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import type { Cluster } from '../support/cluster.ts';
import { canMakeNetworks, NETWORKS, Network } from '../support/namespaces.ts';
import { needs } from '../support/needs.ts';
import { Partitions } from '../support/partitions.ts';
import { until } from '../support/until.ts';
import {
  countOf,
  HEARTBEAT_INTERVAL,
  isSilent,
  isUsed,
  lost,
  on,
  sessionsAt,
  startOn,
  stopAll,
  through,
} from './members.ts';

describe('coordinators that see different parts of a cluster', function () {
  this.timeout(45_000);
  let network: Network;
  let faults: Partitions;
  let clusters: Cluster[] = [];
  let first: Cluster;
  let second: Cluster;

  before(async function () {
    needs(this, canMakeNetworks(), NETWORKS);
    network = new Network(['one', 'two', 'node-1', 'node-2', 'node-3']);
    faults = new Partitions(network);
    clusters = await startOn(network, ['one', 'two'], 3);
    [first, second] = clusters as [Cluster, Cluster];
  });
  afterEach(async () => {
    faults?.mend();
    await closeSockets();
    await allUsed();
  });
  after(async () => {
    await stopAll(clusters);
    await network?.close();
  });

  async function allUsed(): Promise<void> {
    for (const cluster of clusters) {
      await cluster.until('all nodes in placement', (rows) => first.nodes.every(({ id }) => isUsed(id)(rows)));
    }
  }

  const home = () => first.node('node-1');

  /** A session that begins on the first node, at each of the coordinators. */
  async function open(): Promise<[RawSession, RawSession]> {
    const session = await RawSession.open(`${first.url}/mcp/own`, on('node-1'));
    return [session, through(second, session)];
  }

  /** Uses a session at both coordinators in turn. @throws unless one node answers all, and counts on from `count` */
  async function expectUnsplit(ways: readonly RawSession[], node: string, count: number, calls = 6): Promise<void> {
    const answers: string[] = [];
    for (let i = 0; i < calls; i++) answers.push(await (ways[i % ways.length] as RawSession).call('count'));
    expect(answers).to.eql(Array.from({ length: calls }, (_, i) => `${node} ${count + i}`));
  }

  it('do not split a session for longer than it takes to tell that it has moved', async () => {
    const ways = await open();
    const held = (await sessionsAt(home())) - 1;
    await expectUnsplit(ways, 'node-1', 1);
    faults.part('one', 'node-1');
    const [at1, at2] = ways;
    // Undisturbed at the second as long as nobody took it over.
    const atSecond: { begun: number; node: string }[] = [];
    let using = true;
    const loop = (async () => {
      while (using) {
        const begun = performance.now();
        atSecond.push({ begun, node: countOf(await at2.call('count')).node });
      }
    })();
    // Once it may be on a connection that is dead, and nobody knows then whether it ran.
    const reply = await at1.request('tools/call', { name: 'whoami' });
    if (reply.body?.result === undefined) expect(reply.body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST' });
    const moved = countOf(await at1.call('count'));
    const movedAt = performance.now();
    expect(moved.node).not.to.equal('node-1');
    await until(() => atSecond.at(-1)?.node === moved.node);
    using = false;
    await loop;
    const late = atSecond.filter(({ begun, node }) => node === 'node-1' && begun > movedAt + HEARTBEAT_INTERVAL);
    expect(late).to.eql([]);
    expect(atSecond[0]?.node).to.equal('node-1');
    const { node, count } = countOf(await at2.call('count'));
    await expectUnsplit(ways, node, count + 1);
    // The second coordinator tells the node, which the first one cannot.
    await until(async () => (await sessionsAt(home())) === held);
    faults.mend();
    await allUsed();
    await expectUnsplit(ways, node, count + 7);
    expect(await sessionsAt(home())).to.equal(held);
  });

  it('agree on one node when they are one cluster again, after each gave a session to another node', async () => {
    const ways = await open();
    const held = (await sessionsAt(home())) - 1;
    await expectUnsplit(ways, 'node-1', 1);
    const from = clusters.map(({ coordinator }) => coordinator.process.log.length);
    for (const pair of ['one node-1', 'two node-1', 'one node-2', 'two node-3']) {
      const [coordinator = '', node = ''] = pair.split(' ');
      faults.part(coordinator, node);
    }
    await Promise.all(clusters.map((cluster, i) => lost(cluster, 'node-1', from[i] ?? 0)));
    await Promise.all([lost(first, 'node-2', from[0] ?? 0), lost(second, 'node-3', from[1] ?? 0)]);
    expect(await ways[0].call('count')).to.equal('node-3 1');
    expect(await ways[1].call('count')).to.equal('node-2 1');
    const copies = () => Promise.all(first.nodes.map(sessionsAt));
    faults.mend();
    await allUsed();
    await until(async () => (await sessionsAt(home())) === held);
    // The later claim holds.
    await until(async () => (await ways[0].call('whoami')) === 'node-2');
    await expectUnsplit(ways, 'node-2', 2);
    await ways[0].close();
    const after = await copies();
    expect(after[0]).to.equal(held);
  });

  it('lose and split no session when they restart while its node is cut off from them', async () => {
    const used = await Promise.all([open(), open(), open()]);
    const unused = await Promise.all([open(), open()]);
    for (const ways of [...used, ...unused]) await expectUnsplit(ways, 'node-1', 1, 2);
    for (const coordinator of ['one', 'two']) faults.part(coordinator, 'node-1');
    for (const cluster of clusters) await cluster.until('node-1 silent', isSilent('node-1'));
    await Promise.all(clusters.map(({ coordinator }) => coordinator.restart('SIGKILL')));
    // Neither of them knows where the others are, and both are asked at once.
    const moved = await Promise.all(
      used.map(async (ways) => {
        const answers = await Promise.all(ways.map(async (way) => countOf(await way.call('count'))));
        expect(answers[0]?.node).to.equal(answers[1]?.node).and.not.to.equal('node-1');
        expect(answers.map(({ count }) => count).sort()).to.eql([1, 2]);
        return answers[0]?.node as string;
      }),
    );
    faults.mend();
    await allUsed();
    for (const [i, ways] of used.entries()) await expectUnsplit(ways, moved[i] as string, 3, 4);
    for (const ways of unused) await expectUnsplit(ways, 'node-1', 3, 4);
  });
});
