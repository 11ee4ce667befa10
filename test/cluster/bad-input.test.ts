import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { closeSockets, initialize, post, RawSession } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { startRemote } from '../support/servers/cluster-remote.ts';

describe('bad input', function () {
  this.timeout(30_000);
  let cluster: Cluster;
  let session: RawSession;
  let remotePort: number;

  before(async () => {
    // A port at which nobody listens, until a test starts the server there.
    const placeholder = await startRemote();
    remotePort = placeholder.port;
    await placeholder.stop();
    const servers = {
      tools: script('cluster-tools'),
      missing: { command: 'no-such-program-anywhere', args: [] },
      away: { type: 'streamable-http', url: placeholder.url },
      dies: { command: process.execPath, args: ['-e', 'process.stderr.write("no licence\\n"); process.exit(3)'] },
    };
    cluster = await startCluster({
      nodes: [{ settings: hosting(servers), down: ['missing', 'away', 'dies'] }],
    });
    session = await RawSession.open(`${cluster.url}/mcp/tools`);
  });
  afterEach('other clients go on', async () => {
    expect(await session.call('echo', { message: 'still here' })).to.equal('still here');
    expect(cluster.coordinator.process.child.exitCode).to.equal(null);
    expect(cluster.node('node-1').process.child.exitCode).to.equal(null);
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  const errorOf = ({ status, body }: Awaited<ReturnType<typeof post>>) => [status, body?.error?.code];

  it('answers malformed JSON with a parse error', async () => {
    expect(errorOf(await session.send('{"jsonrpc":"2.0","id":1,'))).to.eql([400, -32700]);
    expect(errorOf(await session.send(''))).to.eql([400, -32700]);
    expect(errorOf(await session.send('\ufeff\u0000'))).to.eql([400, -32700]);
  });

  it('answers JSON that is no JSON-RPC with an invalid request', async () => {
    for (const body of ['5', 'null', '"x"', '{}', '{"jsonrpc":"1.0","id":1,"method":"ping"}']) {
      expect(errorOf(await session.send(body)), body).to.eql([400, -32600]);
    }
  });

  it('does not take another content type for JSON', async () => {
    const reply = await session.send('{}', { 'content-type': 'text/plain' });
    expect(reply.status).to.equal(415);
    expect(reply.body?.error?.message).to.contain("Content-Type is 'text/plain'");
  });

  it('does not take a body of more than 4 MiB, whether its length is said or not', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'y'.repeat(4 * 1024 * 1024) } });
    expect((await session.send(body)).status).to.equal(413);
    const chunked = await fetch(session.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'mcp-session-id': session.id },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).to.equal(413);
    await chunked.body?.cancel();
  });

  it('answers an unknown session with 404 and the id of the request, for every verb', async () => {
    const headers = { 'mcp-session-id': 'no-such-session' };
    const reply = await post(session.url, { jsonrpc: '2.0', id: 0, method: 'ping' }, headers);
    expect(errorOf(reply)).to.eql([404, -32001]);
    expect(reply.body).to.include({ id: 0 });
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(session.url, { method, headers: { ...headers, accept: 'text/event-stream' } });
      expect(response.status, method).to.equal(404);
      expect(await response.json()).to.have.nested.property('error.code', -32001);
    }
    const message = await post(`${cluster.url}/messages/tools?sessionId=${session.id}x`, initialize());
    expect(errorOf(message)).to.eql([404, -32001]);
  });

  it('does not accept a session id with one character changed', async () => {
    const at = session.id.length - 3;
    const changed = `${session.id.slice(0, at)}${session.id[at] === 'A' ? 'B' : 'A'}${session.id.slice(at + 1)}`;
    const reply = await post(session.url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-session-id': changed });
    expect(errorOf(reply)).to.eql([404, -32001]);
  });

  it('answers a request without session with 400, so that the client does not start anew', async () => {
    expect(errorOf(await post(session.url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }))).to.eql([400, -32000]);
    expect((await post(`${cluster.url}/messages`, {})).status).to.equal(400);
  });

  it('refuses a foreign Origin and a foreign Host with 403, before it looks at the session', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }, { origin: 'null' }]) {
      const { status } = await post(session.url, initialize(), headers as unknown as Record<string, string>);
      expect(status, JSON.stringify(headers)).to.equal(403);
    }
    const { status, headers } = await post(session.url, initialize(), { origin: 'http://localhost:5173' });
    expect(status).to.equal(200);
    expect(headers['access-control-allow-origin']).to.equal('http://localhost:5173');
  });

  it('does not say 500 to a method, a path or a target that nobody has', async () => {
    const put = await fetch(session.url, { method: 'PUT', body: '{}' });
    expect(put.status).to.equal(405);
    expect(put.headers.get('allow')).to.equal('GET, POST, DELETE');
    await put.body?.cancel();
    for (const [path, status] of [
      ['/mcp/%', 400],
      ['/nowhere', 404],
      ['/.well-known/oauth-protected-resource', 404],
    ]) {
      const response = await fetch(`${cluster.url}${path}`);
      expect(response.status, String(path)).to.equal(status);
      await response.body?.cancel();
    }
    expect(errorOf(await post(`${cluster.url}/mcp/nowhere`, initialize()))).to.eql([404, -32602]);
    expect(errorOf(await session.request('no/such-method'))).to.eql([200, -32601]);
    expect(errorOf(await session.request('tools/call', { name: 5 }))).to.eql([200, -32602]);
    expect(errorOf(await session.request('tools/call', { name: 'nothing' }))).to.eql([200, -32602]);
  });

  /** Sends bytes as they are. @returns the first line of the answer */
  async function raw(...lines: string[]): Promise<string> {
    const { hostname, port } = new URL(cluster.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const answer = await text(socket);
    return answer.split('\r\n')[0] ?? '';
  }

  it('refuses duplicate and conflicting headers, and line breaks within one', async () => {
    const head = ['POST /mcp/tools HTTP/1.1', 'host: 127.0.0.1', 'connection: close', 'content-type: application/json'];
    const id = `mcp-session-id: ${session.id}`;
    expect(await raw(...head, id, id, 'content-length: 0')).to.match(/^HTTP\/1\.1 400 /);
    const version = 'mcp-protocol-version: 2025-06-18';
    expect(await raw(...head, id, version, version, 'content-length: 0')).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(...head, 'content-length: 2', 'content-length: 3', id)).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(...head, 'content-length: 2', 'transfer-encoding: chunked', id)).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(...head, 'mcp-session-id: a\rb', 'content-length: 0')).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(...head, 'mcp-session-id: a\nb: c\x00', 'content-length: 0')).to.match(/^HTTP\/1\.1 400 /);
    expect(await raw(...head, `x-long: ${'x'.repeat(40_000)}`, 'content-length: 0')).to.match(/^HTTP\/1\.1 431 /);
    expect(await raw('nonsense')).to.match(/^HTTP\/1\.1 400 /);
  });

  it('says why a server is down instead of hanging, and serves the others', async () => {
    await cluster.until('reasons of all three', ([node]) => {
      const reports = Object.values(node?.metadata?.serverStatus ?? {}) as { reason?: string }[];
      return reports.filter(({ reason }) => reason !== undefined).length === 3;
    });
    const started = performance.now();
    const [missing, away, dies] = await Promise.all(
      ['missing', 'away', 'dies'].map((name) => post(`${cluster.url}/mcp/${name}`, initialize())),
    );
    expect(performance.now() - started).to.be.below(8_000);
    expect(errorOf(missing as NonNullable<typeof missing>)).to.eql([503, -32603]);
    expect(missing?.headers['retry-after']).to.equal('2');
    expect(missing?.body?.error?.message).to.contain("command 'no-such-program-anywhere' was not found in PATH");
    expect(away?.body?.error?.message).to.match(/away is .*ECONNREFUSED/);
    expect(dies?.body?.error?.message).to.match(/exit code 3.*no licence/);
    const all = await RawSession.open(`${cluster.url}/mcp`);
    expect(await all.call('tools-whoami')).to.equal('node-1');
  });

  it('serves a remote server that comes up later', async () => {
    const remote = await startRemote(remotePort);
    await cluster.until('away connected', ([node]) => node?.servers.includes('away') === true);
    const late = await RawSession.open(`${cluster.url}/mcp/away`);
    expect((await late.call('big', { bytes: 10 })).length).to.equal(10);
    await remote.stop();
  });
});
