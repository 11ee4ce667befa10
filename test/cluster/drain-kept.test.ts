import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { closeSockets, connectV1, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

describe('a draining node', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  beforeEach(async () => {
    const settings = hosting({
      asks: script('hub-echo', { perSessionClient: true }),
      keeps: script('cluster-tools', { failover: 'reset' }),
    });
    cluster = await startCluster({ nodes: [{ settings }, { settings }] });
  });
  afterEach(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  /** Drains the node on which a call is in flight, and tells which it was. */
  async function drainBusy(): Promise<string> {
    const isBusy = ({ metadata }: NodeRow) => (metadata?.inFlight ?? 0) > 0;
    const id = (await cluster.until('a busy node', (nodes) => nodes.some(isBusy))).find(isBusy)?.id as string;
    cluster.node(id).process.signal('SIGTERM');
    await cluster.until(`${id} draining`, (nodes) => nodes.some((row) => row.id === id && row.metadata?.draining));
    return id;
  }

  it('does not move a session while a server waits for an answer of its client', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const client = await connectV1(`${cluster.url}/mcp/asks`, {
      capabilities: { elicitation: {} },
      prepare: (each) =>
        each.setRequestHandler(ElicitRequestSchema, async () => {
          asked.resolve();
          await answer.promise;
          return { action: 'accept' as const, content: { who: 'Ada' } };
        }),
    });
    const elicited = client.callTool({ name: 'elicit' });
    await asked.promise;
    const id = await drainBusy();
    // A call in between goes to the node that waits, since the answer must go there.
    const [pid] = (await client.callTool({ name: 'pid' })).content as { text: string }[];
    answer.resolve();
    expect(textOf(await elicited)).to.include('Ada');
    await cluster.node(id).process.exited;
    expect(textOf(await client.callTool({ name: 'pid' }))).not.to.equal(pid?.text);
    await client.close();
  });

  it('does not move or end sessions that must not go on elsewhere, but waits for them', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/keeps`);
    const home = await session.call('whoami');
    const pid = await session.call('pid');
    cluster.node(home).process.signal('SIGTERM');
    await cluster.until('draining', (nodes) => nodes.some(({ id, metadata }) => id === home && metadata?.draining));
    expect(await session.call('pid')).to.equal(pid);
    expect(await session.close()).to.equal(200);
    expect(await cluster.node(home).process.exited).to.eql({ code: 0, signal: null });
  });

  it('does not hand on sessions that must not go on elsewhere when it is killed: they get 404', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/keeps`);
    await cluster.node(await session.call('whoami')).process.kill('SIGKILL');
    const { status, body } = await session.request('ping');
    expect([status, body?.error?.code]).to.eql([404, -32001]);
    const next = await RawSession.open(`${cluster.url}/mcp/keeps`);
    expect((await next.request('ping')).status).to.equal(200);
    await next.close();
  });

  it('does not end with a call that it has let in after its coordinators knew', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/keeps`);
    const home = await session.call('whoami');
    const calls = Array.from({ length: 20 }, (_, i) => session.call('sleep', { ms: 20 * i, label: `c${i}` }));
    await until(async () => (await session.call('history')).includes('finished c3'));
    cluster.node(home).process.signal('SIGTERM');
    expect(await Promise.all(calls)).to.have.length(20);
    expect(await session.close()).to.equal(200);
    await cluster.node(home).process.exited;
  });
});
