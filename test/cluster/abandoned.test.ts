import { expect } from 'chai';
import { Agent, request } from 'undici';
import { closeSockets, initialize, openEvents, RawSession } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const LIMIT = 50;

describe('a client that opens sessions without end', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  const agents = new Map<string, Agent>();

  before(async () => {
    const cluster_ = { limits: { sessionsPerNode: LIMIT, sharePerPrincipal: 0.8 } };
    cluster = await startCluster({
      nodes: [{ settings: hosting({ tools: script('cluster-tools') }, { systemConfig: { cluster: cluster_ } }) }],
    });
  });
  after(async () => {
    await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    await closeSockets();
    await cluster?.stop();
  });

  /** Opens a session from an address of this machine. @returns the status, and how long to wait */
  async function openFrom(localAddress: string, path = '/mcp/tools'): Promise<[status: number, wait: number]> {
    const agent = agents.get(localAddress) ?? new Agent({ localAddress, connections: 16 });
    agents.set(localAddress, agent);
    const response = await request(`${cluster.url}${path}`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(initialize()),
    });
    await response.body.dump();
    return [response.statusCode, Number(response.headers['retry-after'])];
  }
  const flood = (address: string) => Promise.all(Array.from({ length: 10 * LIMIT }, () => openFrom(address)));

  it('is not refused, locks nobody out, and takes no session from another one', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/tools`);
    const stream = await session.listen();
    const sse = await openEvents(`${cluster.url}/sse/tools`);
    const endpoint = /data: (\S+)/.exec(await sse.until('\n\n'))?.[1] ?? '';
    const quiet = await RawSession.open(`${cluster.url}/mcp/tools`);
    expect((await flood('127.0.0.2')).every(([status]) => status === 200)).to.equal(true);
    expect(await openFrom('127.0.0.3')).to.deep.include(200);
    expect(await session.call('echo', { message: 'here' })).to.equal('here');
    expect(await quiet.call('echo', { message: 'here' })).to.equal('here');
    const message = { jsonrpc: '2.0', id: 'still', method: 'ping' };
    await fetch(new URL(endpoint, cluster.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    await sse.until('"still"');
    expect(stream.response.destroyed).to.equal(false);
    expect(await cluster.node('node-1').process.metric('mcphub_node_sessions')).to.be.at.most(LIMIT);
    stream.close();
    sse.close();
  });

  it('is refused what it does use beyond its share, and told when to come again; others are not', async () => {
    const streams = await Promise.all(Array.from({ length: LIMIT }, () => openEvents(`${cluster.url}/sse/tools`)));
    const refused = streams.filter(({ status }) => status === 503);
    expect(streams.length - refused.length).to.be.within(LIMIT * 0.8 - 1, LIMIT * 0.8);
    for (const stream of refused) expect(stream.response.headers['retry-after']).to.equal('10');
    expect(await openFrom('127.0.0.1')).to.eql([503, 10]);
    expect((await openFrom('127.0.0.2'))[0]).to.equal(200);
    for (const stream of streams) stream.close();
    await until(async () => (await openFrom('127.0.0.1'))[0] === 200);
  });
});
