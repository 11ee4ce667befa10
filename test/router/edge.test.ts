import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { nodeTag } from '../../cluster/tag.ts';
import { answerOf, type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';

describe('router: the edge', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** Sends bytes as they are. @returns all that comes back */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(harness.coordinator.url).port), '127.0.0.1', () => socket.end(text));
      let got = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        got += chunk;
      });
      socket.on('close', () => resolve(got)).on('error', reject);
    });
  }
  function withHost(path: string, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      request(`${harness.coordinator.url}${path}`, { headers: { host } }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  }

  it('refuses a foreign Host on loopback, so that DNS rebinding opens nothing', async () => {
    harness = await startHarness({ settings: { systemConfig: { routing: { allowedHosts: ['mcp.example.com'] } } } });
    expect(await withHost('/health', 'evil.example.com')).to.equal(403);
    expect(await withHost('/mcp', 'evil.example.com:3000')).to.equal(403);
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:80', 'mcp.example.com:8443']) {
      expect(await withHost('/health', host), host).to.equal(200);
    }
  });

  it('refuses a foreign Origin before anything else, and answers preflights of allowed ones', async () => {
    harness = await startHarness({
      settings: { systemConfig: { routing: { allowedOrigins: ['https://app.example.com'] } } },
    });
    for (const path of ['/mcp', '/api/cluster/status', '/nothing']) {
      const reply = await harness.post(path, INITIALIZE, { origin: 'https://evil.example.com' });
      expect(reply.status, path).to.equal(403);
      expect(reply.headers.get('access-control-allow-origin')).to.equal(null);
    }
    for (const origin of [
      'http://localhost.evil.com',
      'http://localhost:80.evil.com',
      'http://127.0.0.1.evil.com:3000',
      'https://app.example.com.evil.com',
      'https://app.example.com:8443',
      'null',
    ]) {
      expect((await harness.post('/mcp', INITIALIZE, { origin })).status, origin).to.equal(403);
    }
    const headers = { origin: 'https://app.example.com', 'access-control-request-headers': 'mcp-param-region, x-evil' };
    const preflight = await fetch(`${harness.coordinator.url}/mcp`, { method: 'OPTIONS', headers });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get('access-control-allow-origin')).to.equal('https://app.example.com');
    expect(preflight.headers.get('access-control-allow-headers'))
      .to.contain('mcp-session-id')
      .and.contain('mcp-param-region');
    expect(preflight.headers.get('access-control-allow-headers')).not.to.contain('x-evil');
    const node = await harness.addNode('node-1', ['a']);
    node.override = (_req, res) => {
      res.setHeader('access-control-allow-origin', '*');
      return false;
    };
    const { response } = await harness.open('/mcp', { origin: 'http://localhost:5173' });
    expect(response.headers.get('access-control-allow-origin')).to.equal('http://localhost:5173');
    expect(response.headers.get('access-control-expose-headers')).to.contain('Mcp-Session-Id');
  });

  it('lets web pages send what servers want to be passed on, here and at nodes, and nothing else', async () => {
    harness = await startHarness({
      settings: { mcpServers: { own: { url: 'http://127.0.0.1:1/mcp', passthroughHeaders: ['X-Tenant'] } } },
    });
    const serverStatus = { far: { status: 'connected', passthroughHeaders: ['x-trace'] } };
    await harness.addNode('node-1', ['far'], { metadata: { tag: nodeTag('node-1'), instance: 'x', serverStatus } });
    const asked = 'X-Tenant, x-trace, x-mcphub-state-id, x-mcphub-roots, x-other';
    const headers = { origin: 'http://localhost:5173', 'access-control-request-headers': asked };
    const preflight = await fetch(`${harness.coordinator.url}/mcp`, { method: 'OPTIONS', headers });
    const allowed = preflight.headers.get('access-control-allow-headers');
    for (const name of ['x-tenant', 'x-trace', 'x-mcphub-state-id', 'x-mcphub-roots']) expect(allowed).to.include(name);
    expect(allowed).not.to.include('x-other');
  });

  it('refuses duplicate session ids and bad ones, and header injection', async () => {
    harness = await startHarness();
    await harness.addNode('node-1', ['a']);
    const head = 'POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n';
    expect(await raw(`${head}mcp-session-id: a\r\nMcp-Session-Id: b\r\n\r\n{}`)).to.match(/^HTTP\/1.1 400 /);
    expect(await raw(`${head}mcp-protocol-version: 2025-06-18\r\nmcp-protocol-version: 2026-07-28\r\n\r\n{}`)).to.match(
      /^HTTP\/1.1 400 /,
    );
    expect(await raw(`${head}mcp-session-id: a b\r\n\r\n{}`)).to.match(/^HTTP\/1.1 400 /);
    expect(await raw(`${head}mcp-session-id: a\nx: y\r\n\r\n{}`)).to.match(/^HTTP\/1.1 400 /);
    expect(await raw(`${head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`)).to.match(/^HTTP\/1.1 400 /);
    expect(await raw(`GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).to.match(
      /^HTTP\/1.1 431 /,
    );
    expect(await raw('garbage\r\n\r\n')).to.match(/^HTTP\/1.1 400 /);
    expect(harness.nodes[0]?.seen).to.deep.equal([]);
  });

  it('keeps hop-by-hop headers, those that Connection names, and forged cluster tokens from the node', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    const body = JSON.stringify(INITIALIZE);
    await raw(
      `POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close, x-secret\r\nx-secret: 1\r\nte: trailers\r\n` +
        `x-mcphub-cluster-token: forged\r\nx-forwarded-for: 6.6.6.6\r\nx-kept: yes\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const headers = node.seen[0]?.headers ?? {};
    expect(headers).to.include({ 'x-kept': 'yes', 'x-forwarded-for': '127.0.0.1' });
    expect(headers).not.to.have.any.keys('x-secret', 'te', 'x-mcphub-cluster-token', 'transfer-encoding');
  });

  it('names the targets that exist when an unknown one is asked for, at once', async () => {
    harness = await startHarness({ settings: { groups: [{ name: 'team', servers: ['a'] }] } });
    await harness.addNode('node-1', ['a', 'b']);
    const reply = await harness.post('/mcp/nope', { ...INITIALIZE, id: 12 });
    expect(reply.status).to.equal(404);
    const { id, error } = await answerOf(reply);
    expect(id).to.equal(12);
    expect(error.code).to.equal(-32602);
    expect(error.message).to.contain('"nope"').and.contain('a, b, team');
  });

  it('refuses the route to all servers when it is disabled, and bad percent-encoding', async () => {
    harness = await startHarness({ settings: { systemConfig: { routing: { enableGlobalRoute: false } } } });
    const reply = await harness.post('/mcp', INITIALIZE);
    expect(reply.status).to.equal(403);
    expect(await reply.text()).to.equal('Global routes are disabled. Please specify a group ID.');
    expect((await harness.post('/mcp/%zz', INITIALIZE)).status).to.equal(400);
    const put = await fetch(`${harness.coordinator.url}/mcp/a`, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET, POST, DELETE']);
  });

  it('limits bodies: 413 with content-length at once, and in chunks', async () => {
    harness = await startHarness();
    await harness.addNode('node-1', ['a']);
    const big = 'x'.repeat(4 * 1024 * 1024 + 1);
    expect((await harness.post('/mcp', big)).status).to.equal(413);
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 5; i++) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    });
    const init = { method: 'POST', body: chunks, duplex: 'half' } as RequestInit;
    expect((await fetch(`${harness.coordinator.url}/mcp`, init)).status).to.equal(413);
  });
});

describe('router: bearer keys', () => {
  let harness: Harness;
  afterEach(() => harness.stop());
  const bearerKeys = [
    { id: 'root', token: 'k-all', accessType: 'all' },
    { id: 'a', token: 'k-a', accessType: 'servers', allowedServers: ['a'] },
    { id: 'g', token: 'k-g', accessType: 'groups', allowedGroups: ['team'] },
    { id: 'off', token: 'k-off', enabled: false },
  ];
  const groups = [
    { id: 'g1', name: 'team', servers: ['a', 'b'] },
    { id: 'g2', name: 'solo', servers: ['a'] },
  ];
  const auth = (token: string) => ({ authorization: `Bearer ${token}` });

  it('lets nobody in without a key, and each key only where it may go', async () => {
    harness = await startHarness({ settings: { bearerKeys, groups } });
    const node = await harness.addNode('node-1', ['a', 'b']);
    const status = async (path: string, token?: string) =>
      (await harness.post(path, INITIALIZE, token === undefined ? {} : auth(token))).status;
    const refused = await harness.post('/mcp', INITIALIZE);
    expect(refused.status).to.equal(401);
    expect(refused.headers.get('www-authenticate')).to.match(/^Bearer /);
    expect(await refused.json()).to.deep.include({
      error: 'invalid_token',
      error_description: 'No authorization provided',
    });
    expect(await status('/mcp', 'k-off')).to.equal(401);
    expect(await status('/mcp', 'k-all')).to.equal(200);
    expect(await status('/mcp', 'k-a')).to.equal(403);
    expect(await status('/mcp/a', 'k-a')).to.equal(200);
    expect(await status('/mcp/b', 'k-a')).to.equal(403);
    expect(await status('/mcp/solo', 'k-a')).to.equal(200);
    expect(await status('/mcp/team', 'k-a')).to.equal(403);
    expect(await status('/mcp/team', 'k-g')).to.equal(200);
    expect(await status('/mcp/g1', 'k-g')).to.equal(200);
    expect(await status('/mcp/a', 'k-g')).to.equal(403);
    expect(await status('/sse/b', 'k-a')).to.equal(405);
    for (const { headers } of node.seen) expect(headers).not.to.have.property('authorization');
  });

  it('does not let a search reach more than its key, nor all servers where their route is closed', async () => {
    const routing = { enableGlobalRoute: false };
    harness = await startHarness({ settings: { bearerKeys, groups } });
    await harness.addNode('node-1', ['a', 'b']);
    const status = async (path: string, token: string) => (await harness.post(path, INITIALIZE, auth(token))).status;
    for (const [path, token, wanted] of [
      ['/mcp/$smart', 'k-all', 200],
      ['/mcp/$smart', 'k-a', 403],
      ['/mcp/$smart/', 'k-a', 403],
      ['/mcp/%24smart/b', 'k-a', 403],
      ['/mcp/$smart/a', 'k-a', 200],
      ['/mcp/$smart/$smart/a', 'k-a', 403],
      ['/mcp/$smart/team', 'k-a', 403],
      ['/mcp/$smart/team', 'k-g', 200],
      ['/mcp/$smart/g1', 'k-g', 200],
      ['/mcp/$smart/a', 'k-g', 403],
    ] as const) {
      expect(await status(path, token), `${path} ${token}`).to.equal(wanted);
    }
    await harness.stop();
    harness = await startHarness({ settings: { bearerKeys, groups, systemConfig: { routing } } });
    await harness.addNode('node-1', ['a', 'b']);
    expect(await status('/mcp/$smart', 'k-all')).to.equal(403);
    expect(await status('/mcp/$smart/a', 'k-all')).to.equal(200);
  });

  it('hides a session from another key: the same 404 as for one that never was', async () => {
    harness = await startHarness({
      settings: { bearerKeys: [...bearerKeys, { id: 'a2', token: 'k-a2', accessType: 'all' }] },
    });
    await harness.addNode('node-1', ['a']);
    const { id } = await harness.open('/mcp/a', auth('k-a'));
    const own = await harness.post('/mcp/a', toolCall(1, 'echo'), { ...auth('k-a'), 'mcp-session-id': id });
    expect(own.status).to.equal(200);
    const foreign = await harness.post('/mcp/a', toolCall(1, 'echo'), { ...auth('k-a2'), 'mcp-session-id': id });
    const unknown = await harness.post('/mcp/a', toolCall(1, 'echo'), {
      ...auth('k-a'),
      'mcp-session-id': 'AAAAAAAA.x',
    });
    expect([foreign.status, await foreign.text()]).to.deep.equal([unknown.status, await unknown.text()]);
    expect(foreign.status).to.equal(404);
  });

  it('does not let a session id open another target', async () => {
    harness = await startHarness({ secrets: () => ['s'] });
    await harness.addNode('node-1', ['a', 'b']);
    const { id } = await harness.open('/mcp/a');
    const reply = await harness.post('/mcp/b', toolCall(1, 'echo'), { 'mcp-session-id': id });
    expect(reply.status).to.equal(404);
  });

  it('passes the Authorization header on when the coordinator asks for no key', async () => {
    harness = await startHarness();
    const node = await harness.addNode('node-1', ['a']);
    await harness.open('/mcp', auth('for-the-server'));
    expect(node.seen[0]?.headers.authorization).to.equal('Bearer for-the-server');
  });
});
