import { expect } from 'chai';
import { closeSockets, connectV1, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const SETTINGS = hosting({
  tools: script('cluster-tools'),
  trusted: script('cluster-tools', { retryReadOnly: true }),
});
/** Short times, so that a hung node is found out soon. */
const QUICK = { systemConfig: { cluster: { coordinator: { nodeTimeout: 1_000, cleanupInterval: 200 } } } };

describe('what sessions survive', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  beforeEach(async () => {
    const settings = { ...SETTINGS, systemConfig: { cluster: { node: { heartbeatInterval: 200 } } } };
    cluster = await startCluster({ nodes: [{ settings }, { settings }], coordinator: { settings: QUICK } });
  });
  afterEach(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  const open = (target = 'tools') => RawSession.open(`${cluster.url}/mcp/${target}`);
  const other = (id: string) => (id === 'node-1' ? 'node-2' : 'node-1');
  const big = 'x'.repeat(200_000);

  async function started(session: RawSession, label: string): Promise<void> {
    await until(async () => (await session.call('history')).includes(`started ${label}`));
  }

  it('a body that is too long to be held, sent to a node that is gone', async () => {
    const session = await open();
    const home = await session.call('whoami');
    await cluster.node(home).process.kill('SIGKILL');
    expect(await session.call('digest', { data: big })).to.match(/^200000 /);
    expect(await session.call('whoami')).to.equal(other(home));
  });

  it('a node that hangs: calls in flight end with an error, the next one is answered elsewhere', async () => {
    const session = await open();
    const client = await connectV1(`${cluster.url}/mcp/tools`);
    const home = await session.call('whoami');
    const sleeping = session.request('tools/call', { name: 'sleep', arguments: { ms: 600_000, label: 'hung' } });
    await started(session, 'hung');
    const stream = await session.listen();
    cluster.node(home).process.signal('SIGSTOP');
    try {
      expect((await sleeping).body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST', retryable: false });
      await stream.closed;
      expect(await session.call('whoami')).to.equal(other(home));
      await client.callTool({ name: 'whoami', arguments: {} });
    } finally {
      cluster.node(home).process.signal('SIGCONT');
    }
    // It comes back, and drops its copy of what was taken over.
    await cluster.until('the session on one node', (nodes) => {
      const held = nodes.map(({ metadata }) => metadata?.sessions ?? 0).reduce((a, b) => a + b, 0);
      return nodes.every(({ status, metadata }) => status === 'active' && metadata?.suspect !== true) && held === 2;
    });
    expect(await session.call('whoami')).to.equal(other(home));
    await client.close();
  });

  it('a restart of everything: nodes, then the coordinator', async () => {
    const session = await open();
    const client = await connectV1(`${cluster.url}/mcp/tools`);
    await Promise.all(['node-1', 'node-2'].map((id) => cluster.node(id).process.kill('SIGKILL')));
    await cluster.coordinator.restart('SIGKILL');
    const early = session.call('whoami');
    await Promise.all(['node-1', 'node-2'].map((id) => cluster.node(id).restart()));
    expect(await early).to.match(/^node-/);
    expect(textOf(await client.callTool({ name: 'whoami', arguments: {} }))).to.match(/^node-/);
    await client.close();
  });

  it('a single node that restarts: requests wait for it and go on there', async () => {
    await cluster.node('node-2').stop();
    const session = await open();
    const home = cluster.node('node-1');
    await home.process.kill('SIGKILL');
    const early = session.call('whoami');
    await home.restart();
    expect(await early).to.equal('node-1');
  });

  it('a call that may be repeated, sent again when its node dies under it, only where settings say so', async () => {
    for (const [target, retried] of [
      ['trusted', true],
      ['tools', false],
    ] as const) {
      const session = await open(target);
      await cluster.until('tools known', (nodes) =>
        nodes.every(({ metadata }) => JSON.stringify(metadata).includes('"retryable":["read"')),
      );
      const home = await session.call('whoami');
      const reading = session.request('tools/call', { name: 'read', arguments: { ms: 1_500, label: target } });
      await started(session, target);
      await cluster.node(home).process.kill('SIGKILL');
      const { body } = await reading;
      if (retried) expect(textOf(body?.result)).to.equal(`read on ${other(home)}`);
      else expect(body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST' });
      await cluster.node(home).restart();
      await cluster.hosts(home, ['tools', 'trusted']);
    }
  });

  it('want of use: memory is freed, and the next request re-creates the session where it was', async () => {
    const coordinator = { ...QUICK.systemConfig.cluster.coordinator, stickySessionTimeout: 300 };
    const quick = { systemConfig: { cluster: { coordinator, node: { heartbeatInterval: 200 } } } };
    await cluster.coordinator.change(quick);
    for (const id of ['node-1', 'node-2']) await cluster.node(id).change({ ...SETTINGS, ...quick });
    const session = await open();
    const home = await session.call('whoami');
    await cluster.until('no session in memory', (nodes) => nodes.every(({ metadata }) => metadata?.sessions === 0));
    expect(await session.call('whoami')).to.equal(home);
  });

  it('nothing beyond their greatest age', async () => {
    const session = await open();
    const coordinator = { ...QUICK.systemConfig.cluster.coordinator, maxSessionAge: 1_500 };
    const quick = { systemConfig: { cluster: { coordinator, node: { heartbeatInterval: 200 } } } };
    await cluster.coordinator.change(quick);
    await until(async () => (await session.request('ping')).status === 404);
    const next = await open();
    expect((await next.request('ping')).status).to.equal(200);
  });
});
