import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import { ROUTER_DEFAULTS } from '../../router/config.ts';
import { type Harness, INITIALIZE, startHarness } from './support/harness.ts';

interface Envelope {
  success: boolean;
  message: string;
  data: Record<string, unknown> & Record<string, unknown>[];
  [key: string]: unknown;
}

describe('router: management API', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function call(path: string, init?: RequestInit): Promise<{ status: number; body: Envelope }> {
    const response = await fetch(`${harness.coordinator.url}${path}`, init);
    return { status: response.status, body: (await response.json()) as Envelope };
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

  it('lets a node of the original branch join, by register and by a heartbeat alone', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const joined = await post('/api/cluster/heartbeat', {
      id: 'stranger',
      host: '127.0.0.1',
      port: node.port,
      servers: ['b'],
    });
    expect(joined.body).to.deep.include({ success: true, message: 'Heartbeat updated successfully' });
    const { body } = await call('/api/cluster/nodes');
    expect(body.data).to.have.length(2);
    expect(body.data[0]).to.deep.include({
      id: 'node-1',
      name: 'node-1',
      status: 'active',
      servers: ['a'],
      url: node.url,
    });
    expect(body.data[1]).to.deep.include({ id: 'stranger', url: `http://127.0.0.1:${node.port}`, port: node.port });
    const status = await call('/api/cluster/status');
    expect(status.body.data).to.deep.equal({
      enabled: false,
      mode: 'coordinator',
      nodeId: 'coordinator',
      stats: { nodes: 2, activeNodes: 2, servers: 2, configuredServers: 2, sessions: 0 },
    });
    const replicas = await call('/api/cluster/servers/a/replicas');
    const row = { serverId: 'a', nodeId: 'node-1', nodeUrl: node.url, status: 'active', weight: 1 };
    expect(replicas.body.data).to.deep.equal([row]);
    expect((await call('/api/cluster/servers/none/replicas')).body.data).to.deep.equal([]);
  });

  it('counts only servers that are up as replicas, and tells groups to nodes', async () => {
    harness = await startHarness({ settings: { groups: [{ name: 'team', servers: ['a'] }] } });
    const node = await harness.addNode('node-1', ['a']);
    const metadata = { tag: nodeTag('node-1'), serverStatus: { a: { status: 'connected' }, b: { status: 'failed' } } };
    const reply = await harness.register(node, ['a'], { metadata });
    const groups = [{ id: 'team', name: 'team', servers: [{ name: 'a' }] }];
    expect(((await reply.json()) as Envelope).data).to.deep.equal({ groups, members: [nodeTag('node-1')] });
    expect((await call('/api/cluster/servers/b/replicas')).body.data).to.deep.equal([]);
  });

  it('says what is wrong with a payload, and where', async () => {
    harness = await startHarness();
    const wrong = async (path: string, body: unknown) => {
      const reply = await post(path, body);
      expect(reply.status).to.equal(400);
      return reply.body.message;
    };
    expect(await wrong('/api/cluster/register', { id: 'x' })).to.equal('Missing required fields: id, name, url');
    expect(await wrong('/api/cluster/heartbeat', {})).to.equal('Missing required field: id');
    const url = 'ftp://x';
    expect(await wrong('/api/cluster/register', { id: 'x', name: 'x', url })).to.match(/^url: /);
    expect(await wrong('/api/cluster/heartbeat', { id: 'new', servers: [] })).to.contain('"host" and "port"');
    expect(await wrong('/api/cluster/heartbeat', { id: 'a b', servers: [] })).to.match(/^id: must be/);
    expect(await wrong('/api/cluster/register', '{')).to.contain('not valid JSON');
    expect((await post('/api/cluster/register', `"${'x'.repeat(ROUTER_DEFAULTS.maxApiBodySize)}"`)).status).to.equal(
      413,
    );
    const unknown = await call('/api/nothing');
    expect([unknown.status, unknown.body.success]).to.deep.equal([404, false]);
  });

  it('keeps those without the cluster token out, but not because of skipAuth or keys', async () => {
    harness = await startHarness({
      clusterTokens: () => ['new', 'old'],
      settings: { bearerKeys: [{ token: 'k', id: 'k' }] },
    });
    const payload = { id: 'n', name: 'n', url: 'http://127.0.0.1:1', servers: [] };
    expect((await post('/api/cluster/register', payload)).status).to.equal(401);
    expect((await post('/api/cluster/register', payload, { authorization: 'Bearer k' })).status).to.equal(401);
    expect((await post('/api/cluster/register', payload, { authorization: 'Bearer old' })).status).to.equal(200);
    expect((await post('/api/cluster/heartbeat', payload)).status).to.equal(401);
    expect((await call('/api/cluster/nodes')).status).to.equal(401);
    for (const token of ['k', 'new']) {
      const reply = await call('/api/cluster/nodes', { headers: { authorization: `Bearer ${token}` } });
      expect(reply.status, token).to.equal(200);
    }
    expect((await call('/api/cluster/nodes/n', { method: 'DELETE' })).status).to.equal(401);
  });

  it('drains a node: alive, but without new sessions, until it registers again', async () => {
    harness = await startHarness({ timings: { placementTimeout: 30 } });
    const node = await harness.addNode('node-1', ['a']);
    expect((await call('/api/cluster/nodes/node-1', { method: 'DELETE' })).status).to.equal(200);
    expect((await call('/api/cluster/nodes/other', { method: 'DELETE' })).status).to.equal(404);
    await harness.heartbeat(node, ['a']);
    expect((await harness.post('/mcp', INITIALIZE)).status).to.equal(503);
    const { body } = await call('/api/cluster/nodes');
    expect(body.data[0]).to.deep.include({ status: 'active', metadata: { draining: true } });
    await harness.register(node, ['a']);
    expect((await harness.post('/mcp', INITIALIZE)).status).to.equal(200);
  });

  it('lists sessions without their ids, and shows one to whoever has its id', async () => {
    harness = await startHarness();
    await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp/a');
    const list = await call('/api/cluster/sessions');
    expect(JSON.stringify(list.body)).not.to.contain(id);
    expect(list.body.data[0]).to.have.all.keys('session', 'nodeId', 'target', 'createdAt', 'lastAccessed', 'expiresAt');
    const one = await call(`/api/cluster/sessions/${id}`);
    expect(one.body.data).to.deep.include({ sessionId: id, nodeId: 'node-1', serverId: 'a' });
    const none = await call('/api/cluster/sessions/none');
    expect([none.status, none.body.message]).to.deep.equal([404, 'Session affinity not found']);
  });

  it('reports health with what is missing, and stays 200', async () => {
    harness = await startHarness({ settings: { mcpServers: { a: { command: 'x' }, b: { command: 'x' } } } });
    expect((await call('/health')).body).to.deep.include({ status: 'degraded', nodes: { total: 0, active: 0 } });
    const node = await harness.addNode('node-1', ['a']);
    const partly = await call('/health');
    expect(partly.status).to.equal(200);
    expect(partly.body).to.deep.include({ status: 'degraded', servers: { total: 2, connected: 1, disconnected: 1 } });
    expect(partly.body.message).to.contain('b');
    await harness.heartbeat(node, ['a', 'b']);
    const whole = (await call('/health')).body;
    expect([whole.status, whole.message]).to.deep.equal(['healthy', 'All enabled MCP servers are ready']);
  });

  it('serves everything below its base path, and passes it on to nodes of the original branch', async () => {
    harness = await startHarness({ listen: { host: '127.0.0.1', port: 0, basePath: '/hub' } });
    const node = await harness.addNode('node-1', ['a']);
    expect((await call('/health')).status).to.equal(200);
    const { response } = await harness.open('/mcp/a');
    expect(response.status).to.equal(200);
    expect(node.seen.at(-1)?.url).to.equal('/hub/mcp/a');
    await harness.register(node, ['a'], { url: `${node.url}/own`, metadata: { tag: 'x' } });
    await harness.open('/mcp/a');
    expect(node.seen.at(-1)?.url).to.equal('/own/mcp/a');
    const outside = await fetch(`${new URL(harness.coordinator.url).origin}/mcp`, { method: 'POST' });
    expect(outside.status).to.equal(404);
  });

  it('sends the first cluster token to nodes of ours, and to no others', async () => {
    harness = await startHarness({ clusterTokens: () => ['t1', 't2'] });
    const node = await harness.addNode('node-1', ['a']);
    await harness.open('/mcp');
    expect(node.seen.at(-1)?.headers).not.to.have.property('x-mcphub-cluster-token');
    await harness.register(node, ['a'], { metadata: { tag: 'x' } });
    await harness.open('/mcp');
    expect(node.seen.at(-1)?.headers).to.include({ 'x-mcphub-cluster-token': 't1' });
  });
});
