import { expect } from 'chai';
import { closeSockets, connectV1, connectV2, openEvents, post, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, type ClusterMember, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

/** Whether a process counts itself as ready. */
async function isReady({ process }: ClusterMember): Promise<boolean> {
  const { url } = await process.message('Metrics and probes are served', 0);
  const response = await fetch(`${url}/readyz`);
  await response.body?.cancel();
  return response.status === 200;
}

describe('coordinators come and go', function () {
  this.timeout(40_000);
  let first: Cluster;
  let second: Cluster;

  beforeEach(async () => {
    [first, second] = await Promise.all([startCluster({ nodes: [] }), startCluster({ nodes: [] })]);
    // Heartbeats that follow soon, so that nodes have heard of each other.
    const settings = hosting(
      { tools: script('cluster-tools') },
      { systemConfig: { cluster: { node: { heartbeatInterval: 300 } } } },
    );
    const env = { MCPHUB_COORDINATOR_URL: `${first.url},${second.url}` };
    await Promise.all(['node-1', 'node-2'].map((id) => first.join({ settings, env }, id)));
    for (const cluster of [first, second]) {
      for (const id of ['node-1', 'node-2']) await cluster.hosts(id, ['tools']);
    }
  });
  afterEach(async () => {
    await closeSockets();
    await first?.stop();
    await second?.stop();
  });

  /** The same session as a client sees it that is brought to the other coordinator. */
  function atSecond(session: RawSession): RawSession {
    return new RawSession(`${second.url}${new URL(session.url).pathname}`, session.opened, {});
  }

  it('without stickiness: POST, GET and DELETE of one session may each arrive at another one', async () => {
    const session = await RawSession.open(`${first.url}/mcp/tools`);
    const there = atSecond(session);
    const home = await session.call('whoami');
    expect(await there.call('whoami')).to.equal(home);
    const stream = await there.listen();
    expect(stream.status).to.equal(200);
    const ended = stream.closed;
    expect(await there.close()).to.equal(200);
    await ended;
    expect((await session.request('ping')).status).to.equal(404);
  });

  it('and choose the same adopter: a session is not split between two nodes', async () => {
    const sessions = await Promise.all(Array.from({ length: 12 }, () => RawSession.open(`${first.url}/mcp/tools`)));
    await first.join(
      {
        settings: hosting({ tools: script('cluster-tools') }),
        env: {
          MCPHUB_COORDINATOR_URL: `${first.url},${second.url}`,
        },
      },
      'node-3',
    );
    for (const cluster of [first, second]) await cluster.hosts('node-3', ['tools']);
    const homes = await Promise.all(sessions.map((session) => session.call('whoami')));
    const home = homes[0] as string;
    await first.node(home).process.kill('SIGKILL');
    for (const [i, session] of sessions.entries()) {
      if (homes[i] !== home) continue;
      const [here, there] = await Promise.all([session.call('whoami'), atSecond(session).call('whoami')]);
      expect(here).to.equal(there).and.not.to.equal(home);
    }
  });

  it('and the home that comes back does not take back what was adopted', async () => {
    const session = await RawSession.open(`${first.url}/mcp/tools`);
    const home = await session.call('whoami');
    await first.node(home).process.kill('SIGKILL');
    const adopter = await session.call('whoami');
    await first.node(home).restart();
    for (const cluster of [first, second]) await cluster.hosts(home, ['tools']);
    expect(await session.call('whoami')).to.equal(adopter);
    await until(async () => (await atSecond(session).call('whoami')) === adopter);
    await first.coordinator.restart('SIGKILL');
    await first.hosts(adopter, ['tools']);
    await first.hosts(home, ['tools']);
    expect(await session.call('whoami')).to.equal(adopter);
  });

  it('and none of them loses a session or a node by a restart; what comes early waits', async () => {
    const session = await RawSession.open(`${first.url}/mcp/tools`);
    const home = await session.call('whoami');
    await first.coordinator.restart('SIGKILL');
    const listening = performance.now();
    expect(await session.call('whoami')).to.equal(home);
    await first.until('both nodes back', (nodes) => nodes.length === 2);
    expect(performance.now() - listening).to.be.below(1_000);
    await until(() => isReady(first.coordinator));
  });

  it('and is not ready before the nodes that there are have registered', async () => {
    const now = Date.now();
    await first.until('a heartbeat of node-1, which is told of node-2', (nodes: NodeRow[]) =>
      nodes.some(({ id, lastHeartbeat }) => id === 'node-1' && lastHeartbeat > now),
    );
    await first.coordinator.process.kill('SIGKILL');
    // One node cannot register for now, and the other one tells of it.
    first.node('node-2').process.signal('SIGSTOP');
    try {
      await first.coordinator.restart('SIGKILL');
      await first.until('node-1 back', (nodes: NodeRow[]) => nodes.some(({ id }) => id === 'node-1'));
      expect(await isReady(first.coordinator)).to.equal(false);
    } finally {
      first.node('node-2').process.signal('SIGCONT');
    }
    await until(() => isReady(first.coordinator));
  });

  it('and what was posted to a session of HTTP+SSE through another one is answered when the node is lost', async () => {
    const stream = await openEvents(`${first.url}/sse/tools`);
    const [, endpoint = ''] = /data: (\S+)/.exec(await stream.until('endpoint')) ?? [];
    const send = (id: number, name: string, args: object) =>
      post(`${second.url}${endpoint}`, { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
    expect((await send(7, 'whoami', {})).status).to.equal(202);
    const [, home = ''] = /"text":"(node-\d)"/.exec(await stream.until(/"text":"node-\d"/)) ?? [];
    await send(8, 'sleep', { ms: 600_000, label: 'x' });
    await until(async () => {
      await send(9, 'history', {});
      return stream.received().includes('started x');
    });
    await first.node(home).process.kill('SIGKILL');
    await stream.until(/"id":8,"error":\{"code":-32603/, 2_000);
    expect((await send(10, 'whoami', {})).status).to.equal(202);
    await stream.until(new RegExp(`"text":"${home === 'node-1' ? 'node-2' : 'node-1'}"`));
    stream.close();
  });

  it('and one that gets SIGTERM is not ready at once, still serves, and ends streams so that they go elsewhere', async () => {
    const coordinator = { drainDelay: 1_500 };
    await first.coordinator.change({ systemConfig: { cluster: { coordinator } } });
    const session = await RawSession.open(`${first.url}/mcp/tools`);
    const client = await connectV1(`${first.url}/mcp/tools`);
    const stream = await session.listen();
    const sleeping = session.request('tools/call', { name: 'sleep', arguments: { ms: 2_500, label: 'long' } });
    await until(async () => (await session.call('history')).includes('started long'));
    first.coordinator.process.signal('SIGTERM');
    await stream.closed;
    expect(await isReady(first.coordinator)).to.equal(false);
    const during = await session.request('ping');
    expect([during.status, during.headers.connection]).to.eql([200, 'close']);
    expect(textOf((await sleeping).body?.result)).to.equal('slept 2500');
    expect(await first.coordinator.process.exited).to.eql({ code: 0, signal: null });
    expect((await atSecond(session).listen()).status).to.equal(200);
    await client.close();
  });
});

describe('a coordinator that has just started', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  async function start(nodes: number): Promise<void> {
    const settings = hosting(
      { own: script('cluster-tools', { perSessionClient: true }) },
      { systemConfig: { cluster: { node: { heartbeatInterval: 300 } } } },
    );
    const sticky = { systemConfig: { cluster: { stickySession: { strategy: 'header', headerName: 'x-node' } } } };
    cluster = await startCluster({ coordinator: { settings: sticky }, nodes: Array(nodes).fill({ settings }) });
  }
  async function openAtFirst(): Promise<RawSession> {
    const session = await RawSession.open(`${cluster.url}/mcp/own`, { 'x-node': 'node-1' });
    expect(await session.call('count')).to.equal('node-1 1');
    return session;
  }
  afterEach(async () => {
    for (const { process } of cluster.nodes) process.signal('SIGCONT');
    await closeSockets();
    await cluster.stop();
  });

  it('does not open a session a second time at its home before the node is there that has taken it over', async () => {
    await start(2);
    const session = await openAtFirst();
    const [home, other] = cluster.nodes as [ClusterMember, ClusterMember];
    await home.process.kill('SIGKILL');
    expect(await session.call('count')).to.equal('node-2 1');
    await home.restart('SIGKILL');
    await home.process.message('Successfully registered with coordinator', 0);
    expect(await session.call('count')).to.equal('node-2 2');
    other.process.signal('SIGSTOP');
    await cluster.coordinator.restart('SIGKILL');
    await cluster.hosts('node-1', ['own']);
    const notBegun = cluster.coordinator.process.message('Node did not begin a request', 0);
    const count = session.call('count');
    await notBegun;
    // Too long to be held, so that it cannot be sent twice.
    const digest = session.call('digest', { data: 'x'.repeat(200_000) });
    expect(await Promise.race([digest, heartbeatOf('node-1')])).to.equal('heard');
    other.process.signal('SIGCONT');
    expect(await count).to.equal('node-2 3');
    expect(await digest).to.match(/^200000 /);
  });

  it('does not give a session to another node before the one is there that has taken it over', async () => {
    await start(3);
    const session = await openAtFirst();
    await cluster.node('node-1').process.kill('SIGTERM');
    const [holder = ''] = (await session.call('count')).split(' ');
    const others = cluster.nodes.filter(({ id }) => id !== 'node-1');
    const [other] = others.filter(({ id }) => id !== holder);
    await Promise.all(others.map(({ id }) => heartbeatOf(id)));
    cluster.node(holder).process.signal('SIGSTOP');
    await cluster.coordinator.restart('SIGKILL');
    await cluster.hosts(other?.id ?? '', ['own']);
    const count = session.call('count');
    expect(await Promise.race([count, heartbeatOf(other?.id ?? '')])).to.equal('heard');
    cluster.node(holder).process.signal('SIGCONT');
    expect(await count).to.equal(`${holder} 2`);
  });

  it('does not look for the state of a modern client at another node before the one is there that has it', async () => {
    await start(2);
    const counters = Array.from({ length: 12 }, async (_, i) => {
      const client = await connectV2(`${cluster.url}/mcp/own`, 'modern', {
        headers: { 'x-mcphub-state-id': `s-${i}` },
      });
      const count = async () => textOf(await client.callTool({ name: 'count', arguments: {} }));
      return { count, place: (await count()).split(' ')[0] };
    });
    const there = (await Promise.all(counters)).filter(({ place }) => place === 'node-2');
    expect(there).not.to.eql([]);
    const other = cluster.node('node-2').process;
    other.signal('SIGSTOP');
    await cluster.coordinator.restart('SIGKILL');
    await cluster.hosts('node-1', ['own']);
    const counts = Promise.all(there.map(({ count }) => count()));
    expect(await Promise.race([counts, heartbeatOf('node-1')])).to.equal('heard');
    other.signal('SIGCONT');
    expect(await counts).to.eql(there.map(() => 'node-2 2'));
  });

  /** Resolves when a node has been heard of once more. */
  async function heartbeatOf(id: string): Promise<'heard'> {
    const last = async () => (await cluster.api<NodeRow[]>('/nodes')).find((row) => row.id === id)?.lastHeartbeat;
    const before = await last();
    await until(async () => (await last()) !== before);
    return 'heard';
  }
});
