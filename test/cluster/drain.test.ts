import { expect } from 'chai';
import { closeSockets, connectV1, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, clusterAuth, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

describe('draining a node', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    const settings = hosting({ tools: script('cluster-tools') });
    cluster = await startCluster({ nodes: [{ settings }, { settings }, { settings }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  const open = () => RawSession.open(`${cluster.url}/mcp/tools`);

  async function openOn(node: string): Promise<RawSession> {
    for (let i = 0; i < 200; i++) {
      const session = await open();
      if ((await session.call('whoami')) === node) return session;
    }
    throw new Error(`no session came to ${node}`);
  }

  /** Waits until a call that sleeps has reached the server. */
  async function started(session: RawSession, label: string): Promise<void> {
    await until(async () => (await session.call('history')).includes(`started ${label}`));
  }

  it('does not drain for someone without the cluster token, nor a node that nobody knows', async () => {
    const ask = async (id: string, headers: Record<string, string>) => {
      const response = await fetch(`${cluster.url}/api/cluster/nodes/${id}`, { method: 'DELETE', headers });
      await response.body?.cancel();
      return response.status;
    };
    expect(await ask('node-1', {})).to.equal(401);
    expect(await ask('node-9', clusterAuth)).to.equal(404);
  });

  it('gives a drained node no new session from the answer on, while its sessions and calls go on', async () => {
    const session = await openOn('node-1');
    const sleeping = session.call('sleep', { ms: 700, label: 'drained' });
    await started(session, 'drained');
    const response = await fetch(`${cluster.url}/api/cluster/nodes/node-1`, { method: 'DELETE', headers: clusterAuth });
    expect(await response.json()).to.eql({ success: true, message: 'Node is draining' });
    for (let i = 0; i < 20; i++) expect(await (await open()).call('whoami')).not.to.equal('node-1');
    expect(await sleeping).to.equal('slept 700');
    expect(await session.call('whoami')).to.equal('node-1');
  });

  it('lets calls in flight finish when a node gets SIGTERM, sends nobody there, and ends with exit code 0', async () => {
    const session = await openOn('node-2');
    const member = cluster.node('node-2');
    const sleeping = session.call('sleep', { ms: 1_500, label: 'terminated' });
    await started(session, 'terminated');
    const ended = member.process.kill('SIGTERM');
    await cluster.until('node-2 draining', (nodes) =>
      nodes.some(({ id, metadata }) => id === 'node-2' && metadata?.draining === true),
    );
    for (let i = 0; i < 20; i++) expect(await (await open()).call('whoami')).to.equal('node-3');
    expect(await sleeping).to.equal('slept 1500');
    expect(await ended).to.eql({ code: 0, signal: null });
    expect(await member.process.leftovers()).to.eql([]);
  });

  it('moves sessions at their next request, and nobody sees an error', async () => {
    // node-1 was drained by an administrator, and comes back; node-2 has ended.
    await cluster.node('node-2').restart();
    await cluster.node('node-1').restart();
    for (const id of ['node-1', 'node-2']) await cluster.hosts(id, ['tools']);
    const session = await openOn('node-1');
    const client = await connectV1(`${cluster.url}/mcp/tools`);
    const sleeping = session.call('sleep', { ms: 1_000, label: 'moving' });
    await started(session, 'moving');
    const stream = await session.listen();
    const ended = cluster.node('node-1').process.kill('SIGTERM');
    await stream.closed;
    expect(await session.call('whoami')).not.to.equal('node-1');
    expect(textOf(await client.callTool({ name: 'whoami', arguments: {} }))).not.to.equal('node-1');
    expect(await sleeping).to.equal('slept 1000');
    expect(await ended).to.eql({ code: 0, signal: null });
    const again = await session.listen();
    expect(await again.until('MCPHUB_SESSION_RECREATED')).to.include('"servers":["tools"]');
    again.close();
    await client.close();
  });

  it('does not cut off calls when the coordinator gets SIGTERM', async () => {
    const session = await openOn('node-3');
    const sleeping = session.call('sleep', { ms: 1_000, label: 'coordinator' });
    await started(session, 'coordinator');
    const ended = cluster.coordinator.process.kill('SIGTERM');
    expect(await sleeping).to.equal('slept 1000');
    expect(await ended).to.eql({ code: 0, signal: null });
  });
});
