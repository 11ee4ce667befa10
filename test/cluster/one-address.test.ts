import { expect } from 'chai';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import { closeSockets, connectV1, connectV2, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

describe('coordinators behind one address', function () {
  this.timeout(40_000);
  let first: Cluster;
  let second: Cluster;
  let balancer: Balancer;

  async function start(each: 'connection' | 'request'): Promise<void> {
    [first, second] = await Promise.all([startCluster({ nodes: [] }), startCluster({ nodes: [] })]);
    const settings = hosting({ tools: script('cluster-tools') });
    const env = { MCPHUB_COORDINATOR_URL: `${first.url},${second.url}` };
    await Promise.all(['node-1', 'node-2'].map((id) => first.join({ settings, env }, id)));
    for (const cluster of [first, second]) for (const id of ['node-1', 'node-2']) await cluster.hosts(id, ['tools']);
    balancer = await startBalancer([first.url, second.url], each);
  }
  afterEach(async () => {
    await balancer?.close();
    await closeSockets();
    await first?.stop();
    await second?.stop();
  });

  it('serve clients whose every request arrives at another one, also over the loss of a node and of a coordinator', async () => {
    await start('request');
    const url = `${balancer.url}/mcp/tools`;
    const v1 = await connectV1(url);
    const v2 = await connectV2(url);
    const raw = await RawSession.open(url);
    const home = await raw.call('whoami');
    const callAll = async () => {
      const names = [await raw.call('whoami')];
      for (let i = 0; i < 3; i++) {
        for (const client of [v1, v2]) names.push(textOf(await client.callTool({ name: 'whoami', arguments: {} })));
      }
      return names;
    };
    await callAll();
    await first.node(home).process.kill('SIGKILL');
    const left = home === 'node-1' ? 'node-2' : 'node-1';
    expect(new Set(await callAll())).to.eql(new Set([left]));
    await second.coordinator.process.kill('SIGKILL');
    expect(new Set(await callAll())).to.eql(new Set([left]));
    expect(await raw.close()).to.equal(200);
    expect((await raw.request('ping')).status).to.equal(404);
    await Promise.all([v1.close(), v2.close()]);
  });

  it('do not leave a client of HTTP+SSE behind whose coordinator is gone: it goes on by itself at another one', async () => {
    await start('connection');
    const client = await connectV1(`${balancer.url}/sse/tools`);
    client.onerror = () => {};
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'before' } }))).to.equal('before');
    const streams = await first.coordinator.process.metric('mcphub_coordinator_open_streams');
    const { coordinator } = streams === 1 ? first : second;
    await coordinator.process.kill('SIGKILL');
    await until(async () => {
      const result = await client.callTool({ name: 'echo', arguments: { message: 'after' } }).catch(() => undefined);
      return result !== undefined && textOf(result) === 'after';
    }, 5_000);
    await client.close();
  });
});
