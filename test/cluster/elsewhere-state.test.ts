import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { ask } from '../matrix/modern-wire.ts';
import { closeSockets, connectV1, connectV2, type EventReader, RawSession, textOf } from '../support/clients.ts';
import {
  CLUSTER_TOKEN,
  type Cluster,
  type ClusterMember,
  type SettingsFile,
  script,
  startCluster,
} from '../support/cluster.ts';
import { until } from '../support/until.ts';

const NODE = 'x-node';
const HOME = { [NODE]: 'node-1' };
const URI = 'own://fixed';
const UPDATED = 'notifications/resources/updated';

const FILESYSTEM = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));

interface Opened {
  session: RawSession;
  stream: EventReader;
}

describe('a server on other nodes with a process for each session', function () {
  this.timeout(60_000);
  let cluster: Cluster;

  const systemConfig = { cluster: { stickySession: { strategy: 'header', headerName: NODE } } };
  const echo = (name: string, extra = {}) => script('hub-echo', extra, `--name=${name}`);
  const hosting = (mcpServers: object) => ({ mcpServers, systemConfig }) as SettingsFile;
  const owning = (perSessionClient: boolean) => {
    const files = { command: process.execPath, args: [FILESYSTEM], perSessionClient: true };
    return hosting({ own: echo('own', { perSessionClient }), files });
  };

  before(async () => {
    const own = owning(true);
    // No fewer servers than the others have, so that sessions may be there.
    const others = hosting({ other: echo('other'), another: echo('another') });
    cluster = await startCluster({
      nodes: [{ settings: others }, { settings: own }, { settings: own }],
      coordinator: { settings: { systemConfig } },
    });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  async function open(): Promise<Opened> {
    const session = await RawSession.open(`${cluster.url}/mcp`, HOME);
    await until(async () => (await session.request('tools/list')).text.includes('own-touch'));
    return { session, stream: await session.listen() };
  }
  /** The server tells of the resource at once; so does the hub while it learns which nodes have the server. */
  const subscribe = async ({ session, stream }: Opened) => {
    const before = updates(stream);
    expect((await session.request('resources/subscribe', { uri: URI })).body?.result).to.eql({});
    await until(() => updates(stream) > before);
  };
  const touch = ({ session }: Opened) => session.call('own-touch', { uri: URI });
  /** Waits until an update comes that was not there before. */
  const heardAgain = async ({ session, stream }: Opened) => {
    const before = updates(stream);
    await until(async () => {
      await session.request('tools/call', { name: 'own-touch', arguments: { uri: URI } });
      return updates(stream) > before;
    }, 30_000);
  };
  const updates = (stream: EventReader) => stream.received().split(UPDATED).length - 1;
  /** Streams of `subscriptions/listen` at all nodes. */
  const listeners = async () =>
    (await Promise.all(cluster.nodes.map(({ process }) => process.metric('mcphub_node_listeners')))).reduce(
      (sum, count) => sum + count,
    );
  /** Undefined while no server answers. */
  const pidOf = ({ session }: Opened) => session.call('own-pid').catch(() => undefined);
  /** The node that has this process. */
  const hostOf = (pid: number): ClusterMember | undefined =>
    cluster.nodes.find(({ process }) => process.descendants().includes(pid));

  it('is heard of by the session that is subscribed at it, and by no other', async () => {
    const [one, other] = [await open(), await open()];
    await subscribe(one);
    await subscribe(other);
    expect(await one.session.call('own-pid')).not.to.equal(await other.session.call('own-pid'));
    await touch(one);
    await until(() => updates(one.stream) === 2);
    // What one does is at its own process, which the other does not hear of.
    await touch(other);
    await until(() => updates(other.stream) === 2);
    expect(updates(one.stream)).to.equal(2);
  });

  it('is not subscribed at once more, or less, because another session ends its subscription', async () => {
    const [one, other] = [await open(), await open()];
    await subscribe(one);
    await subscribe(other);
    const all = await listeners();
    expect((await other.session.request('resources/unsubscribe', { uri: URI })).body?.result).to.eql({});
    const [before, silent] = [updates(one.stream), updates(other.stream)];
    await touch(other);
    await touch(one);
    await until(() => updates(one.stream) === before + 1);
    expect(updates(other.stream)).to.equal(silent);
    await until(async () => (await listeners()) === all - 1);
    await subscribe(other);
    await other.session.close();
    await until(async () => (await listeners()) === all - 1);
    await touch(one);
    await until(() => updates(one.stream) === before + 2);
  });

  it('knows what the client can do, also when the subscription is what starts it', async () => {
    const client = await connectV1(`${cluster.url}/mcp`, {
      headers: HOME,
      capabilities: { roots: {} },
      prepare: (fresh) => fresh.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///mine' }] })),
    });
    await until(async () => (await client.listTools()).tools.some(({ name }) => name === 'own-roots'));
    await client.subscribeResource({ uri: URI });
    expect(textOf(await client.callTool({ name: 'own-roots', arguments: {} }))).to.contain('file:///mine');
    await client.close();
  });

  it('does not go on with the roots that its client had at first', async () => {
    const folders = await Promise.all(
      [1, 2].map(() => realpath(tmpdir()).then((base) => mkdtemp(join(base, 'roots-')))),
    );
    let [root = '', next = ''] = folders;
    const client = await connectV1(`${cluster.url}/mcp`, {
      headers: HOME,
      capabilities: { roots: { listChanged: true } },
      prepare: (fresh) =>
        fresh.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: pathToFileURL(root).href }] })),
    });
    const allowed = async () =>
      textOf(await client.callTool({ name: 'files-list_allowed_directories', arguments: {} }));
    await until(async () => (await client.listTools()).tools.some(({ name }) => name.startsWith('files-')));
    await until(async () => (await allowed()).includes(root));
    [root, next] = [next, root];
    await client.sendRootsListChanged();
    await until(async () => (await allowed()).includes(root));
    expect(await allowed()).not.to.include(next);
    await client.close();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });

  it('is heard of also after settings have changed whether sessions share a process', async () => {
    const one = await open();
    await subscribe(one);
    for (const perSessionClient of [false, true]) {
      const pid = await one.session.call('own-pid');
      await Promise.all(['node-2', 'node-3'].map((id) => cluster.node(id).change(owning(perSessionClient))));
      await until(async () => [undefined, pid].includes(await pidOf(one)) === false);
      await heardAgain(one);
    }
  });

  it('is heard of again when its node is lost', async () => {
    const one = await open();
    await subscribe(one);
    const host = hostOf(Number(await one.session.call('own-pid')));
    await host?.process.kill('SIGKILL');
    await heardAgain(one);
    await host?.restart();
    await cluster.hosts(String(host?.id), ['own', 'files']);
    // Its calls go back there, and so must what is heard.
    await until(async () => hostOf(Number(await pidOf(one))) === host);
    await heardAgain(one);
  });

  it('is not offered to a modern client that has no state there, and is heard of by one that has', async () => {
    const url = `${cluster.node('node-1').url}/mcp`;
    const admitted = { 'x-mcphub-cluster-token': CLUSTER_TOKEN };
    await until(async () => {
      const { body } = await ask(url, { method: 'server/discover', headers: admitted });
      return JSON.stringify(body?.result?.supportedVersions).includes('2025-11-25');
    });
    for (const params of [{ notifications: { resourceSubscriptions: [URI] } }, { notifications: {} }]) {
      const { status, body } = await ask(url, { method: 'subscriptions/listen', params, headers: admitted });
      expect([status, body?.error?.code]).to.eql([400, -32022]);
    }
    const headers = { ...admitted, 'x-mcphub-state-id': 'state-1' };
    const client = await connectV2(url, 'modern', { headers });
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    await until(async () => (await client.listTools()).tools.some(({ name }) => name === 'own-touch'));
    const { honoredFilter } = await client.listen({ resourceSubscriptions: [URI] });
    expect(honoredFilter).to.eql({ resourceSubscriptions: [URI] });
    await client.callTool({ name: 'own-touch', arguments: { uri: URI } });
    await until(() => heard.includes(URI));
    await client.close();
  });
});
