import { expect } from 'chai';
import { closeSockets, post, RawSession } from '../support/clients.ts';
import { type Cluster, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';

describe('two coordinators', function () {
  this.timeout(30_000);
  let first: Cluster;
  let second: Cluster;

  before(async () => {
    [first, second] = await Promise.all([startCluster({ nodes: [] }), startCluster({ nodes: [] })]);
    const settings = hosting({ tools: script('cluster-tools') });
    const env = { MCPHUB_COORDINATOR_URL: `${first.url},${second.url}` };
    await Promise.all(['node-1', 'node-2'].map((id) => first.join({ settings, env }, id)));
    for (const cluster of [first, second]) {
      await cluster.hosts('node-1', ['tools']);
      await cluster.hosts('node-2', ['tools']);
    }
  });
  after(async () => {
    await closeSockets();
    await first?.stop();
    await second?.stop();
  });

  const other = (session: RawSession) => `${second.url}${new URL(session.url).pathname}`;

  it('do not need to know of each other: either routes the sessions that the other opened', async () => {
    const ids = (await second.api<NodeRow[]>('/nodes')).map(({ id }) => id);
    expect(ids.sort()).to.eql(['node-1', 'node-2']);
    for (let i = 0; i < 10; i++) {
      const session = await RawSession.open(`${first.url}/mcp/tools`);
      const home = await session.call('whoami');
      const call = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'whoami' } };
      const reply = await post(other(session), call, { 'mcp-session-id': session.id });
      expect(reply.body?.result?.content).to.eql([{ type: 'text', text: home }]);
    }
  });

  it('do not both fail when one is gone', async () => {
    const session = await RawSession.open(`${first.url}/mcp/tools`);
    await first.coordinator.process.kill('SIGKILL');
    const ping = { jsonrpc: '2.0', id: 5, method: 'ping' };
    const reply = await post(other(session), ping, { 'mcp-session-id': session.id });
    expect(reply.body?.result).to.eql({});
  });
});
