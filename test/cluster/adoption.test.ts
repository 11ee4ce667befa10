import {
  LoggingMessageNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { closeSockets, connectV1, connectV2, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

/** A digest stands for all lists of a server, and is there once all have been read. */
function knowsLists({ metadata }: NodeRow): boolean {
  const { tools } = (metadata?.serverStatus ?? {}) as Record<string, { digest?: string }>;
  return tools?.digest !== undefined;
}

describe('sessions whose node is killed', function () {
  this.timeout(40_000);
  let cluster: Cluster;

  beforeEach(async () => {
    const settings = hosting({ tools: script('cluster-tools') });
    cluster = await startCluster({ nodes: [{ settings }, { settings }] });
    // Lists that a node reads for the first time are told of as changed, also to sessions that were told so when they were re-created.
    await cluster.until('the lists of both nodes', (nodes) => nodes.length === 2 && nodes.every(knowsLists));
  });
  afterEach(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  const other = (id: string) => (id === 'node-1' ? 'node-2' : 'node-1');

  it('do not notice it: the next call of each client is answered by another node', async () => {
    const url = `${cluster.url}/mcp/tools`;
    const raw = await RawSession.open(url);
    const home = await raw.call('whoami');
    const v1 = await connectV1(url);
    const v2 = await connectV2(url);
    await cluster.node(home).process.kill('SIGKILL');
    expect(await raw.call('whoami')).to.equal(other(home));
    expect(textOf(await v1.callTool({ name: 'whoami', arguments: {} }))).to.equal(other(home));
    expect(textOf(await v2.callTool({ name: 'whoami', arguments: {} }))).to.equal(other(home));
    await Promise.all([v1.close(), v2.close()]);
  });

  it('go on under the same stream for clients of HTTP+SSE, and their calls in flight end with an error', async () => {
    const sse = await connectV1(`${cluster.url}/sse/tools`);
    const home = textOf(await sse.callTool({ name: 'whoami', arguments: {} }));
    const sleeping = sse.callTool({ name: 'sleep', arguments: { ms: 600_000, label: 'sse' } }).catch((error) => error);
    await until(async () => textOf(await sse.callTool({ name: 'history', arguments: {} })).includes('started sse'));
    await cluster.node(home).process.kill('SIGKILL');
    expect(await sleeping)
      .to.be.an('error')
      .with.property('message')
      .that.contains('was lost during the request');
    expect(textOf(await sse.callTool({ name: 'whoami', arguments: {} }))).to.equal(other(home));
    await sse.close();
  });

  it('and whose clients use an SDK get to know it without doing anything, and see no error', async () => {
    const errors: Error[] = [];
    const warned = Promise.withResolvers<Record<string, unknown>>();
    const relisted = Promise.withResolvers<void>();
    const client = await connectV1(`${cluster.url}/mcp/tools`, {
      prepare: (each) => {
        each.onerror = (error) => errors.push(error);
        each.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) =>
          warned.resolve(params as Record<string, unknown>),
        );
        each.setNotificationHandler(ToolListChangedNotificationSchema, () => relisted.resolve());
      },
    });
    const home = textOf(await client.callTool({ name: 'whoami', arguments: {} }));
    await until(async () => (await cluster.coordinator.process.metric('mcphub_coordinator_open_streams')) === 1);
    await cluster.node(home).process.kill('SIGKILL');
    const { level, data } = await warned.promise;
    expect(level).to.equal('warning');
    expect(data).to.deep.include({ code: 'MCPHUB_SESSION_RECREATED', servers: ['tools'] });
    await relisted.promise;
    expect((await client.listTools()).tools).not.to.eql([]);
    const [row] = await cluster.api<{ nodeId: string }[]>('/sessions');
    expect(row?.nodeId).to.equal(other(home));
    expect(errors).to.eql([]);
    await client.close();
  });

  it('are told at their next stream what has changed, once, and whose memory is gone', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const home = await session.call('whoami');
    const first = await session.listen();
    await cluster.node(home).process.kill('SIGKILL');
    await first.closed;
    const stream = await session.listen({ 'last-event-id': '17' });
    const text = await stream.until('MCPHUB_SESSION_RECREATED');
    expect(text).to.include('"level":"warning"').and.to.include('"servers":["tools"]');
    expect(text.split('tools/list_changed')).to.have.length(2);
    expect(await session.call('whoami')).to.equal(other(home));
    stream.close();
    const again = await session.listen();
    await session.call('whoami');
    expect(again.received()).to.equal('');
    again.close();
  });

  it('stay dead when their clients have ended them, also after the node that knew it is gone', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const home = await session.call('whoami');
    const gone = await RawSession.open(`${cluster.url}/mcp/tools`);
    expect(await session.close()).to.equal(200);
    await cluster.node(home).process.kill('SIGKILL');
    expect((await session.request('ping')).status).to.equal(404);
    // The other one is ended while its node is not there.
    await cluster.node(home).restart('SIGKILL');
    await cluster.hosts(home, ['tools']);
    expect(await gone.close()).to.equal(200);
    expect((await gone.request('ping')).status).to.equal(404);
    expect(await gone.close()).to.equal(404);
  });
});
