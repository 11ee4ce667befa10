import { expect } from 'chai';
import { closeSockets, connectV1, initialize, post, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, type SettingsFile, script, startCluster } from '../support/cluster.ts';

const as = (token: string) => ({ authorization: `Bearer ${token}` });

const KEYS = [
  { id: 'k-all', name: 'all', token: 'key-all', enabled: true, accessType: 'all' },
  { id: 'k-group', name: 'group', token: 'key-group', enabled: true, accessType: 'groups', allowedGroups: ['pair'] },
  {
    id: 'k-server',
    name: 'server',
    token: 'key-server',
    enabled: true,
    accessType: 'servers',
    allowedServers: ['one'],
  },
  { id: 'k-off', name: 'off', token: 'key-off', enabled: false, accessType: 'all' },
];

function settings(routing: object = {}): SettingsFile {
  const groups = [{ id: 'g-1', name: 'pair', servers: ['one', 'two'] }];
  return { bearerKeys: KEYS, groups, systemConfig: { routing: { enableBearerAuth: true, ...routing } } };
}

describe('bearer keys and routes at the edge', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    const servers = { one: script('cluster-tools'), two: script('cluster-tools') };
    cluster = await startCluster({
      coordinator: { settings: settings() },
      // The node knows nothing of keys: the coordinator is the edge.
      nodes: [{ settings: hosting(servers) }],
    });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  async function statusAt(path: string, headers: Record<string, string> = {}): Promise<number> {
    return (await post(`${cluster.url}${path}`, initialize(), headers)).status;
  }

  it('does not let in who has no key, a wrong key or a disabled one', async () => {
    for (const headers of [{}, as('wrong'), as('key-off'), { authorization: 'Basic a2V5LWFsbA==' }]) {
      const reply = await post(`${cluster.url}/mcp`, initialize(), headers as Record<string, string>);
      expect(reply.status).to.equal(401);
      expect(reply.headers['www-authenticate']).to.match(/^Bearer /);
      expect(JSON.parse(reply.text)).to.have.property('error', 'invalid_token');
    }
    for (const path of ['/sse', '/messages?sessionId=x']) {
      expect((await fetch(`${cluster.url}${path}`, { method: path === '/sse' ? 'GET' : 'POST' })).status).to.equal(401);
    }
  });

  it('does not open more than a key says', async () => {
    const table: [string, string, number][] = [
      ['key-all', '/mcp', 200],
      ['key-all', '/mcp/pair', 200],
      ['key-group', '/mcp/pair', 200],
      ['key-group', '/mcp/g-1', 200],
      ['key-group', '/mcp/one', 403],
      ['key-group', '/mcp', 403],
      ['key-server', '/mcp/one', 200],
      ['key-server', '/mcp/two', 403],
      ['key-server', '/mcp/pair', 403],
      ['key-server', '/mcp', 403],
    ];
    for (const [token, path, status] of table) {
      expect(await statusAt(path, as(token)), `${token} at ${path}`).to.equal(status);
    }
    const refused = await post(`${cluster.url}/mcp/two`, initialize(), as('key-server'));
    expect(refused.body?.error?.message).to.equal('This key does not open "two"; it opens: one');
  });

  it('answers a session of another principal exactly as one that does not exist', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/one`, as('key-all'));
    const ask = (id: string, token: string) =>
      post(session.url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, { ...as(token), 'mcp-session-id': id });
    expect((await ask(session.id, 'key-all')).status).to.equal(200);
    const foreign = await ask(session.id, 'key-server');
    const unknown = await ask('AAAAAAAA.no-such-session', 'key-server');
    expect(foreign.status).to.equal(404);
    expect([foreign.status, foreign.text]).to.eql([unknown.status, unknown.text]);
    expect(foreign.body?.error).to.include({ code: -32001, message: 'Session not found' });
  });

  it('lets the SDK client in with its key over both transports', async () => {
    for (const path of ['/mcp/one', '/sse/one']) {
      const client = await connectV1(`${cluster.url}${path}`, { headers: as('key-server') });
      expect(textOf(await client.callTool({ name: 'whoami' }))).to.equal('node-1');
      await client.close();
    }
  });

  it('does not show nodes to keys that do not open everything', async () => {
    const statusOf = async (headers: Record<string, string>) => {
      const response = await fetch(`${cluster.url}/api/cluster/nodes`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    expect(await statusOf({})).to.equal(401);
    expect(await statusOf(as('key-server'))).to.equal(403);
    expect(await statusOf(as('key-all'))).to.equal(200);
  });

  it('does not serve the global route when that is disabled, on any transport', async () => {
    await cluster.coordinator.change(settings({ enableGlobalRoute: false }));
    const text = 'Global routes are disabled. Please specify a group ID.';
    for (const [method, path] of [
      ['POST', '/mcp'],
      ['GET', '/mcp'],
      ['GET', '/sse'],
    ] as const) {
      const response = await fetch(`${cluster.url}${path}`, { method, headers: as('key-all') });
      expect([response.status, await response.text()]).to.eql([403, text]);
    }
    expect(await statusAt('/mcp/one', as('key-all'))).to.equal(200);
  });

  it('does not find a group by its name when that is disabled, but by its id', async () => {
    await cluster.coordinator.change(settings({ enableGroupNameRoute: false }));
    expect(await statusAt('/mcp/pair', as('key-all'))).to.equal(404);
    expect(await statusAt('/mcp/g-1', as('key-all'))).to.equal(200);
  });

  it('does not honour a key any more once it is gone from the settings', async () => {
    const session = await RawSession.open(`${cluster.url}/mcp/one`, as('key-server'));
    await cluster.coordinator.change({ ...settings(), bearerKeys: KEYS.filter(({ id }) => id !== 'k-server') });
    expect((await session.request('tools/list')).status).to.equal(401);
  });
});
