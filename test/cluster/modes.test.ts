import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { closeSockets, connectV1, initialize, openEvents, post, RawSession, textOf } from '../support/clients.ts';
import {
  type Cluster,
  hosting,
  type NodeRow,
  type SettingsFile,
  script,
  startCluster,
  writeSettings,
} from '../support/cluster.ts';
import { HubProcess } from '../support/process.ts';

describe('the modes of a process', function () {
  this.timeout(30_000);
  let folder: string;
  let hub: HubProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-modes-'));
  });
  afterEach(async () => {
    await hub?.kill('SIGTERM');
    expect((await hub?.leftovers()) ?? []).to.eql([]);
    hub = undefined;
    rmSync(folder, { recursive: true, force: true });
  });
  after(closeSockets);

  async function start(settings: SettingsFile | undefined, env: Record<string, string> = {}): Promise<string> {
    if (settings !== undefined) writeSettings(folder, settings);
    hub = new HubProcess({ HOME: folder, PORT: '0', METRICS_PORT: '0', ...env }, [], folder);
    return hub.listening('coordinator');
  }

  it('starts as coordinator with nothing but the mode in its settings, and says that no node is there', async () => {
    const url = await start({ systemConfig: { cluster: { enabled: true, mode: 'coordinator' } } });
    const status = (await (await fetch(`${url}/api/cluster/status`)).json()) as { data: object };
    const stats = { nodes: 0, activeNodes: 0, servers: 0, configuredServers: 0, sessions: 0 };
    expect(status.data).to.deep.include({ enabled: true, mode: 'coordinator', stats });
    const started = performance.now();
    const refused = await post(`${url}/mcp`, initialize());
    expect(performance.now() - started).to.be.within(4_000, 7_000);
    expect([refused.status, refused.headers['retry-after']]).to.eql([503, '2']);
    expect(refused.body).to.include({ id: 0 });
    expect(refused.body?.error?.message).to.equal('No node can serve this request now: no node has registered');
  });

  it('does not refuse a request that comes before the first node, but waits for it', async () => {
    const url = await start({ systemConfig: { cluster: { enabled: true, mode: 'coordinator' } } });
    const own = join(folder, 'node');
    mkdirSync(own);
    writeSettings(own, { mcpServers: { late: script('cluster-tools') } });
    const node = new HubProcess({
      HOME: own,
      PORT: '0',
      METRICS_PORT: '0',
      HOST: '127.0.0.1',
      MCPHUB_CLUSTER_MODE: 'node',
      MCPHUB_NODE_ID: 'late-node',
      MCPHUB_COORDINATOR_URL: url,
      MCPHUB_SETTING_PATH: own,
    });
    try {
      const session = await RawSession.open(`${url}/mcp/late`);
      expect(await session.call('whoami')).to.equal('late-node');
    } finally {
      await node.kill('SIGTERM');
      expect(await node.leftovers()).to.eql([]);
    }
  });

  it('serves /mcp, /mcp/<server> and /sse when it stands alone, on loopback only', async () => {
    const url = await start({ mcpServers: { tools: script('cluster-tools') } });
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const [path, tool] of [
      ['/mcp', 'tools-echo'],
      ['/mcp/tools', 'echo'],
      ['/sse', 'tools-echo'],
    ] as const) {
      const client = await connectV1(`${url}${path}`);
      expect(textOf(await client.callTool({ name: tool, arguments: { message: path } }))).to.equal(path);
      await client.close();
    }
    expect((await fetch(`${url}/health`)).status).to.equal(200);
  });

  it('starts without any settings file', async () => {
    const url = await start(undefined);
    const health = (await (await fetch(`${url}/health`)).json()) as { servers: object };
    expect(health.servers).to.eql({ total: 0, connected: 0, disconnected: 0 });
  });

  it('serves everything below its base path', async () => {
    const url = await start({ mcpServers: { tools: script('cluster-tools') } }, { BASE_PATH: '/hub' });
    expect(url).to.match(/\/hub$/);
    const session = await RawSession.open(`${url}/mcp/tools`);
    expect(await session.call('echo', { message: 'x' })).to.equal('x');
    const stream = await openEvents(`${url}/sse/tools`);
    expect(await stream.until('endpoint')).to.match(
      /^retry: 100\nevent: endpoint\ndata: \/hub\/messages\/tools\?sessionId=\S+\n\n$/,
    );
    stream.close();
    expect((await post(url.replace('/hub', '/mcp/tools'), initialize())).status).to.equal(404);
  });
});

describe('a coordinator with servers of its own', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({
      coordinator: { settings: hosting({ local: script('cluster-tools') }) },
      nodes: [{ settings: hosting({ remote: script('cluster-tools') }) }],
    });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  it('does not start them in vain: they are served like those of any node', async () => {
    for (const [target, home] of [
      ['local', 'coordinator'],
      ['remote', 'node-1'],
    ]) {
      const session = await RawSession.open(`${cluster.url}/mcp/${target}`);
      expect(await session.call('whoami')).to.equal(home);
    }
    const ids = (await cluster.api<NodeRow[]>('/nodes')).map(({ id }) => id);
    expect(ids.sort()).to.eql(['coordinator', 'node-1']);
  });

  it('takes up a server that its changed file brings', async () => {
    await cluster.coordinator.change(hosting({ local: script('cluster-tools'), added: script('cluster-tools') }));
    await cluster.hosts('coordinator', ['local', 'added']);
    const session = await RawSession.open(`${cluster.url}/mcp/added`);
    expect(await session.call('whoami')).to.equal('coordinator');
  });
});
