import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { closeSockets, connectV2, type EventReader, RawSession } from '../support/clients.ts';
import { CLUSTER_TOKEN, type Cluster, type SettingsFile, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const NODE = 'x-node';
const URI = 'shared://fixed';
const UPDATED = 'notifications/resources/updated';

interface Opened {
  session: RawSession;
  stream: EventReader;
}

describe('a resource of a server that runs on several nodes', function () {
  this.timeout(60_000);
  let cluster: Cluster;

  before(async () => {
    const systemConfig = { cluster: { stickySession: { strategy: 'header', headerName: NODE } } };
    const hosting = (...names: string[]) => {
      const servers = names.map((name) => [name, script('hub-echo', {}, `--name=${name}`)]);
      return { settings: { mcpServers: Object.fromEntries(servers), systemConfig } as SettingsFile };
    };
    cluster = await startCluster({
      nodes: [hosting('other'), hosting('shared'), hosting('shared')],
      coordinator: { settings: { systemConfig } },
    });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  async function open(node: string): Promise<Opened> {
    const session = await RawSession.open(`${cluster.url}/mcp`, { [NODE]: node });
    await until(async () => (await session.request('tools/list')).text.includes('shared-touch'));
    return { session, stream: await session.listen() };
  }
  /** How often the process on a node was told to tell of the resource, as it says itself. */
  async function subscribed(node: string): Promise<number> {
    const { url } = cluster.node(node);
    const session = await RawSession.open(`${url}/mcp/shared`, { 'x-mcphub-cluster-token': CLUSTER_TOKEN });
    const uris = JSON.parse(await session.call('subscribed')) as string[];
    await session.close();
    return uris.length;
  }
  /** Something happens to the resource at the process on that node. */
  async function touch(node: string): Promise<void> {
    const { url } = cluster.node(node);
    const session = await RawSession.open(`${url}/mcp/shared`, { 'x-mcphub-cluster-token': CLUSTER_TOKEN });
    await session.call('touch', { uri: URI });
    await session.close();
  }
  const updates = (stream: EventReader) => stream.received().split(UPDATED).length - 1;
  /** How many updates each has heard of once none comes any more. */
  async function settled(all: readonly Opened[]): Promise<number[]> {
    const count = () => all.map(({ stream }) => updates(stream));
    for (let before = count(); ; before = count()) {
      await delay(300);
      if (before.join() === count().join()) return before;
    }
  }
  async function hears({ stream }: Opened): Promise<void> {
    for (const node of ['node-2', 'node-3']) {
      const before = updates(stream);
      await touch(node);
      await until(() => updates(stream) > before);
    }
  }

  for (const [where, node] of [
    ['another node', 'node-1'],
    ['one of them', 'node-2'],
  ] as const) {
    it(`does not change unheard, at whichever of them, by a session on ${where}`, async () => {
      const one = await open(node);
      expect((await one.session.request('resources/subscribe', { uri: URI })).body?.result).to.eql({});
      for (const each of ['node-2', 'node-3']) await until(async () => (await subscribed(each)) > 0);
      await hears(one);
      expect((await one.session.request('resources/unsubscribe', { uri: URI })).body?.result).to.eql({});
      for (const each of ['node-2', 'node-3']) await until(async () => (await subscribed(each)) === 0);
      await one.session.close();
    });
  }

  it('is told of once for each change, and not passed between nodes for ever', async () => {
    const all = [await open('node-1'), await open('node-2'), await open('node-3')];
    for (const { session } of all) await session.request('resources/subscribe', { uri: URI });
    for (const node of ['node-2', 'node-3']) await until(async () => (await subscribed(node)) > 0);
    for (const one of all) await hears(one);
    const before = await settled(all);
    await touch('node-2');
    await touch('node-3');
    await until(() => all.every(({ stream }, i) => updates(stream) >= (before[i] ?? 0) + 2));
    expect(await settled(all)).to.eql(before.map((count) => count + 2));
    // Each node is subscribed at the other for its own sessions, which must not keep both subscribed for ever.
    await Promise.all(all.map(({ session }) => session.close()));
    for (const node of ['node-2', 'node-3']) await until(async () => (await subscribed(node)) === 0);
  });

  it('does not change unheard by a modern client, whose calls go to any of them', async () => {
    const client = await connectV2(`${cluster.url}/mcp/shared`, 'modern');
    let heard = 0;
    client.setNotificationHandler(UPDATED, () => void heard++);
    await client.listen({ resourceSubscriptions: [URI] });
    for (const node of ['node-2', 'node-3']) {
      await until(async () => (await subscribed(node)) > 0);
      const before = heard;
      await touch(node);
      await until(() => heard > before);
    }
    await client.close();
    for (const node of ['node-2', 'node-3']) await until(async () => (await subscribed(node)) === 0);
  });

  it('is followed at a node that comes back, and the others are not left', async () => {
    const all = [await open('node-1'), await open('node-2')];
    for (const { session } of all) await session.request('resources/subscribe', { uri: URI });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await cluster.node('node-3').restart(signal);
      await cluster.hosts('node-3', ['shared']);
      await until(async () => (await subscribed('node-3')) > 0, 30_000);
      for (const one of all) await hears(one);
    }
  });
});
