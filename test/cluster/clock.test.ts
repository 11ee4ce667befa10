import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { closeSockets, RawSession } from '../support/clients.ts';
import { type Cluster, type ClusterMember, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const SET_CLOCK = fileURLToPath(new URL('../support/set-clock.ts', import.meta.url));
const HOUR = 3_600_000;
const REST = {
  systemConfig: {
    cluster: {
      coordinator: { nodeTimeout: 1_500, cleanupInterval: 300 },
      node: { heartbeatInterval: 300 },
      stickySession: { strategy: 'header', headerName: 'x-node' },
    },
  },
};

/** Header with which a session begins on this node. */
const on = (id: string) => ({ 'x-node': id });

/** A cluster whose members' clocks can be set. */
function start(step: number, servers: Record<string, Record<string, unknown>>): Promise<Cluster> {
  const env = { NODE_OPTIONS: `--import ${SET_CLOCK}`, CLOCK_STEP: String(step) };
  const node = { settings: hosting(servers, REST), env };
  return startCluster({ coordinator: { settings: REST, env }, nodes: [node, node] });
}

async function setClock({ process }: ClusterMember): Promise<void> {
  const set = process.message('Clock set');
  process.signal('SIGUSR2');
  await set;
}

describe('a clock that is set', function () {
  this.timeout(60_000);
  let cluster: Cluster | undefined;

  afterEach(async () => {
    await closeSockets();
    await cluster?.stop();
    cluster = undefined;
  });

  it('back does not hide that a node is silent: its session goes on at another one', async () => {
    cluster = await start(-HOUR, { tools: script('cluster-tools') });
    const session = await RawSession.open(`${cluster.url}/mcp/tools`, on('node-1'));
    expect(await session.call('whoami')).to.equal('node-1');
    await setClock(cluster.coordinator);
    const home = cluster.node('node-1').process;
    home.signal('SIGSTOP');
    try {
      await cluster.until('the node unhealthy', (rows) => rows.some(({ status }) => status === 'unhealthy'));
      // A call may be at the node before it has been asked whether it is there.
      expect((await session.request('ping')).body?.result).to.eql({});
      expect(await session.call('whoami')).to.equal('node-2');
    } finally {
      home.signal('SIGCONT');
    }
  });

  it('forward does not end sessions, nor what they have started', async () => {
    const own = { perSessionClient: true };
    const servers = { own: script('cluster-tools', own), brief: script('cluster-tools', { ...own, idleTimeoutMs: 1 }) };
    cluster = await start(2 * HOUR, servers);
    const session = await RawSession.open(`${cluster.url}/mcp/own`, on('node-1'));
    expect(await session.call('count')).to.equal('node-1 1');
    for (const member of [cluster.coordinator, ...cluster.nodes]) await setClock(member);
    // Once it has ended this process, which nobody uses, the node has looked for all of the kind.
    const processes = cluster.node('node-1').process.descendants().length;
    const brief = await RawSession.open(`${cluster.url}/mcp/brief`, on('node-1'));
    await brief.call('count');
    await until(() => cluster?.node('node-1').process.descendants().length === processes);
    expect(await session.call('count')).to.equal('node-1 2');
  });
});
