import { hostname } from 'node:os';
import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import { CLUSTER_TOKEN, type Cluster, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';

const QUICK = { systemConfig: { cluster: { node: { heartbeatInterval: 200 } } } };

describe('members of a cluster', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  before(async () => {
    const coordinator = { nodeTimeout: 400, cleanupInterval: 100 };
    cluster = await startCluster({
      coordinator: { settings: { systemConfig: { cluster: { coordinator } } } },
      nodes: [
        {
          settings: hosting(
            {
              tools: script('cluster-tools'),
              off: script('cluster-tools', { enabled: false }),
              missing: { command: '/nowhere/no-such-program' },
            },
            QUICK,
          ),
          down: ['missing'],
        },
        { settings: hosting({ tools: script('cluster-tools'), second: script('cluster-tools') }, QUICK) },
      ],
    });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  async function register(headers: Record<string, string>): Promise<number> {
    const payload = { id: 'intruder', name: 'intruder', url: 'http://127.0.0.1:9', servers: ['tools'] };
    const response = await fetch(`${cluster.url}/api/cluster/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(payload),
    });
    await response.body?.cancel();
    return response.status;
  }

  it('does not let a stranger without the cluster token attract traffic, and needs no skipAuth for those who have it', async () => {
    expect(await register({})).to.equal(401);
    expect(await register({ authorization: `Bearer ${CLUSTER_TOKEN}x` })).to.equal(401);
    const nodes = await cluster.api<NodeRow[]>('/nodes');
    expect(nodes.map(({ id }) => id).sort()).to.eql(['node-1', 'node-2']);
  });

  it('does not serve a client that goes past the coordinator', async () => {
    const [node] = await cluster.api<NodeRow[]>('/nodes');
    const response = await fetch(`${node?.url}/mcp`, { method: 'POST', body: '{}' });
    expect(response.status).to.equal(401);
    await response.body?.cancel();
  });

  it('does not advertise a host name that nobody can resolve, but an address that answers', async () => {
    for (const node of await cluster.api<NodeRow[]>('/nodes')) {
      expect(node.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(node.url).not.to.contain(hostname());
      const response = await fetch(`${node.url}/health`);
      expect(response.status).to.equal(200);
      await response.body?.cancel();
    }
  });

  it('does not count replicas of servers that are disabled or cannot start', async () => {
    expect(await cluster.api('/servers/off/replicas')).to.eql([]);
    expect(await cluster.api('/servers/missing/replicas')).to.eql([]);
    const replicas = await cluster.api<{ nodeId: string; status: string; weight: number }[]>('/servers/tools/replicas');
    expect(replicas.map(({ nodeId, status, weight }) => [nodeId, status, weight])).to.have.deep.members([
      ['node-1', 'active', 1],
      ['node-2', 'active', 1],
    ]);
  });

  it('does not lose nodes or sessions when the coordinator is killed and started again', async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => RawSession.open(`${cluster.url}/mcp/tools`)));
    const homes = await Promise.all(sessions.map((session) => session.call('whoami')));
    expect(new Set(homes).size).to.equal(2);
    const before = performance.now();
    await cluster.coordinator.restart('SIGKILL');
    // No waiting for anything here: a session outlives its coordinator without its client noticing more than a pause.
    const again = await Promise.all(sessions.map((session) => session.call('whoami')));
    expect(again).to.eql(homes);
    expect(performance.now() - before).to.be.below(10_000);
    await cluster.hosts('node-1', ['tools']);
    await cluster.hosts('node-2', ['tools', 'second']);
  });

  it('does not send new sessions to a node that was killed a moment ago', async () => {
    await cluster.node('node-2').process.kill('SIGKILL');
    for (let i = 0; i < 6; i++) {
      const session = await RawSession.open(`${cluster.url}/mcp/tools`);
      expect(await session.call('whoami')).to.equal('node-1');
    }
  });

  it('does not keep a dead node for ever, or twice when it comes back', async () => {
    const member = cluster.node('node-2');
    await cluster.until('node-2 unhealthy', (nodes) =>
      nodes.some(({ id, status }) => id === 'node-2' && status === 'unhealthy'),
    );
    expect((await cluster.api<NodeRow[]>('/nodes?active=true')).map(({ id }) => id)).to.eql(['node-1']);
    await cluster.until('node-2 forgotten', (nodes) => nodes.every(({ id }) => id !== 'node-2'));
    await member.restart();
    await cluster.hosts('node-2', ['tools', 'second']);
    await member.restart('SIGKILL');
    await cluster.hosts('node-2', ['tools', 'second']);
    const ids = (await cluster.api<NodeRow[]>('/nodes')).map(({ id }) => id);
    expect(ids.sort()).to.eql(['node-1', 'node-2']);
  });

  it('does not take a node with a wrong token, and says so in its log', async () => {
    const member = await cluster.join({ settings: QUICK, env: { MCPHUB_CLUSTER_TOKEN: 'wrong' } }, 'stranger');
    await member.process.line(({ msg }) => msg?.startsWith('Failed to register with coordinator:') ?? false);
    expect((await cluster.api<NodeRow[]>('/nodes')).map(({ id }) => id)).not.to.include('stranger');
  });

  it('does not let two processes with one id take turns: the older one says what is wrong, and comes back when it is alone', async () => {
    const older = cluster.node('node-2');
    const session = await RawSession.open(`${cluster.url}/mcp/second`);
    expect(await session.call('whoami')).to.equal('node-2');
    const pid = await session.call('pid');
    const refused = older.process.line(({ reason }) => /Another process is node "node-2"/.test(String(reason)));
    const settings = hosting({ tools: script('cluster-tools'), second: script('cluster-tools') }, QUICK);
    const twin = await cluster.join({ settings, env: { MCPHUB_NODE_ID: 'node-2' } }, 'twin');
    expect((await refused).reason)
      .to.include('MCPHUB_NODE_ID')
      .and.to.include(twin.url);
    const isAt = (url: string) => (nodes: NodeRow[]) =>
      nodes.some((node) => node.id === 'node-2' && node.url === url && node.servers.includes('second'));
    await cluster.until('the newer one', isAt(twin.url));
    // The session goes on at the process that has the id now.
    expect(await session.call('pid')).not.to.equal(pid);
    await twin.stop();
    await cluster.until('the older one', isAt(older.url));
    expect((await session.request('ping')).status).to.equal(200);
  });
});
