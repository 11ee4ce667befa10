import { expect } from 'chai';
import { DEFAULTS } from '../../settings/defaults.ts';
import { closeSockets, connectV1, RawSession } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';

describe('a node that is lost under open calls', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    const settings = hosting({ tools: script('cluster-tools') });
    cluster = await startCluster({ nodes: [{ settings }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  const sleep = (label: string) => ({ name: 'sleep', arguments: { ms: 600_000, label } });

  it('does not leave any client waiting: each call ends at once with an error under its own id', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const client = await connectV1(`${cluster.url}/mcp/tools`);
    const sse = await connectV1(`${cluster.url}/sse/tools`);
    const silent = session.send({ jsonrpc: '2.0', id: 'silent', method: 'tools/call', params: sleep('silent') });
    const streamed = session.send({
      jsonrpc: '2.0',
      id: 0,
      method: 'tools/call',
      params: { ...sleep('streamed'), _meta: { progressToken: 't' } },
    });
    const called = client.callTool(sleep('sdk')).catch((error: Error) => error);
    const calledSse = sse.callTool(sleep('sse')).catch((error: Error) => error);
    const labels = ['silent', 'streamed', 'sdk', 'sse'];
    for (let known = ''; !labels.every((label) => known.includes(`started ${label}`)); ) {
      known = await session.call('history');
    }

    const killed = performance.now();
    await cluster.node('node-1').process.kill('SIGKILL');
    const replies = await Promise.all([silent, streamed]);
    expect(replies.map(({ status }) => status)).to.eql([200, 200]);
    expect(replies.map(({ body }) => body?.id)).to.eql(['silent', 0]);
    for (const { body } of replies) {
      expect(body?.error?.code).to.equal(-32603);
      expect(body?.error?.message).to.match(/^Node node-1 was lost during the request/);
      expect(body?.error?.data).to.include({ code: 'MCPHUB_NODE_LOST', node: 'node-1', retryable: false });
    }
    for (const error of await Promise.all([called, calledSse])) {
      expect(error).to.be.an('error').with.property('message').that.contains('was lost during the request');
    }
    expect(performance.now() - killed).to.be.below(2_000);
    await Promise.all([client.close(), sse.close()]);
  });

  it('does not stop the cluster for good: it serves again when the node is back', async () => {
    await cluster.node('node-1').restart('SIGKILL');
    await cluster.hosts('node-1', ['tools']);
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    expect(await session.call('whoami')).to.equal('node-1');
  });
});

describe('a node that dies while nobody asks it for anything', function () {
  this.timeout(30_000);

  it('does not stay in placement until its silence is noticed', async () => {
    const settings = hosting({ tools: script('cluster-tools') });
    const cluster = await startCluster({ nodes: [{ settings }] });
    try {
      const session = await RawSession.open(`${cluster.url}/mcp/tools`);
      // The first requests may not find the connection that stays.
      for (let i = 0; i < 3; i++) expect(await session.call('whoami')).to.equal('node-1');
      await cluster.node('node-1').process.kill('SIGKILL');
      const limit = DEFAULTS.nodeTimeout / 3;
      await cluster.until('the node out of placement', ([row]) => row?.metadata?.suspect === true, limit);
    } finally {
      await closeSockets();
      await cluster.stop();
    }
  });
});
