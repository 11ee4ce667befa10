import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { expect } from 'chai';
import { closeSockets, connectV1, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

describe('clients of HTTP+SSE, when what they are connected to ends in good order', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: Client;

  beforeEach(async () => {
    const settings = hosting({ tools: script('cluster-tools') });
    cluster = await startCluster({ nodes: [{ settings }, { settings }] });
    client = await connectV1(`${cluster.url}/sse/tools`);
  });
  afterEach(async () => {
    await client.close();
    await closeSockets();
    await cluster?.stop();
  });

  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await client.callTool({ name, arguments: args }));

  /** A call that has reached its server. */
  async function sleeping(label: string): Promise<{ answer: Promise<string> }> {
    const answer = call('sleep', { ms: 1_500, label });
    await until(async () => (await call('history')).includes(`started ${label}`));
    return { answer };
  }

  it('lose no call when their node drains, and go on at another node under the same stream', async () => {
    const home = await call('whoami');
    let closed = 0;
    client.onclose = () => void closed++;
    const { answer } = await sleeping('drained');
    const ended = cluster.node(home).process.kill('SIGTERM');
    await cluster.until('draining', (nodes) => nodes.some(({ id, metadata }) => id === home && !!metadata?.draining));
    // It belongs to the stream, which is at the node as long as it has a call.
    expect(await call('whoami')).to.equal(home);
    expect(await answer).to.equal('slept 1500');
    expect(await ended).to.eql({ code: 0, signal: null });
    expect(await call('whoami')).not.to.equal(home);
    expect(closed).to.equal(0);
  });

  it('lose no call when the coordinator ends: the stream does after the last answer', async () => {
    const closed = new Promise<void>((resolve) => {
      client.onerror = () => resolve();
    });
    const { answer } = await sleeping('stopped');
    const ended = cluster.coordinator.process.kill('SIGTERM');
    expect(await answer).to.equal('slept 1500');
    await closed;
    expect(await ended).to.eql({ code: 0, signal: null });
  });
});
