import { hostname } from 'node:os';
import { expect } from 'chai';
import { type ForeignNode, startForeignNode } from '../router/support/foreign-node.ts';
import { closeSockets, openEvents, post, RawSession } from '../support/clients.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
const ID = '6f1c1f66-1d7c-4a51-9a44-6a2f0a3c1b11';

describe('a node of the original branch', function () {
  this.timeout(30_000);
  let cluster: Cluster;
  let node: ForeignNode;

  before(async () => {
    // Its nodes know no token, so the cluster has none.
    cluster = await startCluster({ nodes: [], coordinator: { env: { MCPHUB_CLUSTER_TOKEN: '' } } });
    node = await startForeignNode(ID);
  });
  after(async () => {
    await closeSockets();
    await node?.stop();
    await cluster?.stop();
  });

  async function tell(action: 'register' | 'heartbeat', payload: object): Promise<[number, unknown]> {
    const response = await fetch(`${cluster.url}/api/cluster/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    });
    const { success, message } = (await response.json()) as { success: boolean; message: string };
    return [response.status, { success, message }];
  }
  const who = () => ({ id: ID, name: hostname(), host: '127.0.0.1', port: node.port });
  const beat = () => tell('heartbeat', { ...who(), servers: ['amap', 'fetch'], timestamp: Date.now() });

  it('is not refused: it registers, beats, and is listed in the shape that it knows', async () => {
    const payload = {
      ...who(),
      url: node.url,
      status: 'active',
      lastHeartbeat: Date.now(),
      servers: ['amap', 'fetch'],
    };
    expect(await tell('register', payload)).to.eql([200, { success: true, message: 'Node registered successfully' }]);
    expect(await beat()).to.eql([200, { success: true, message: 'Heartbeat updated successfully' }]);
    const [row] = await cluster.api<Record<string, unknown>[]>('/nodes');
    expect(row).to.include({ id: ID, url: node.url, status: 'active' });
    expect(row).to.have.all.keys('id', 'name', 'host', 'port', 'url', 'status', 'lastHeartbeat', 'servers');
  });

  it('is not missed by routing: sessions open, stay and end there', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/amap`);
    expect(session.id).to.match(UUID);
    const reply = await session.request('tools/call', { name: 'x' });
    expect(reply.body?.result).to.include({ node: ID });
    expect(session.id).to.contain(String(reply.body?.result?.session));
    expect(node.seen.at(-1)?.url).to.equal('/mcp/amap');
    expect(await session.close()).to.equal(200);
    expect(node.sessions.has(String(reply.body?.result?.session))).to.equal(false);
  });

  it('serves its HTTP+SSE clients too', async () => {
    const stream = await openEvents(`${cluster.url}/sse/fetch`);
    const [, endpoint = ''] = /data: (\S+)/.exec(await stream.until('endpoint')) ?? [];
    const posted = await post(`${cluster.url}${endpoint}`, { jsonrpc: '2.0', id: 7, method: 'ping' });
    expect(posted.status).to.equal(202);
    await stream.until(`"node":"${ID}"`);
    stream.close();
  });

  it('comes back after a restart of the coordinator with its next heartbeat, and its sessions go on', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/amap`);
    await cluster.coordinator.restart('SIGKILL');
    expect(await cluster.api('/nodes')).to.eql([]);
    expect((await beat())[0]).to.equal(200);
    const [row] = await cluster.api<Record<string, unknown>[]>('/nodes');
    expect(row).to.include({ id: ID, url: node.url, status: 'active' });
    const reply = await session.request('tools/call', { name: 'x' });
    expect(reply.body?.result).to.include({ node: ID });
  });
});
