import { once } from 'node:events';
import { expect } from 'chai';
import { call, Hosting, statusOf, textOfOutcome } from '../../support/servers/hosting.ts';
import { answer, event, json, RemoteFixture, stream } from '../../support/servers/remote.ts';

describe('a remote server over Streamable HTTP', () => {
  let hosting: Hosting;
  let remote: RemoteFixture;

  beforeEach(async () => {
    hosting = new Hosting();
    remote = await new RemoteFixture().start();
  });
  afterEach(async () => {
    await hosting.clean();
    await remote.stop();
  });

  const FAST = { firstDelay: 20, maxDelay: 40, startTimeout: 3_000, retryAfter: 0 };
  const host = (more: object = {}) => hosting.host({ type: 'streamable-http', url: remote.url, ...more }, FAST);
  const warnings = () => hosting.lines.filter(({ level }) => level === 40);

  async function failure(more: object = {}): Promise<string> {
    const server = host(more);
    server.start();
    return (await statusOf(server, 'failed')).reason ?? '';
  }

  it('does not send session and revision before they are known, nor forget them after', async () => {
    const server = host({ headers: { Authorization: 'Bearer k', Accept: 'text/html', 'Mcp-Session-Id': 'forged' } });
    const connection = await server.connection();
    expect(textOfOutcome(await call(connection, 'any'))).to.equal('plain');
    await remote.arrival('GET');
    await server.stop();
    const [discover, initialize, initialized, ...later] = remote.seen;
    expect(discover?.headers).to.include({ authorization: 'Bearer k', 'mcp-method': 'server/discover' });
    expect(discover?.headers).not.to.have.any.keys('mcp-session-id');
    expect(initialize?.headers).to.include({
      authorization: 'Bearer k',
      accept: 'application/json, text/event-stream',
    });
    expect(initialize?.headers).not.to.have.any.keys('mcp-session-id', 'mcp-protocol-version');
    for (const { headers } of [initialized, ...later].flatMap((seen) => seen ?? [])) {
      expect(headers).to.include({
        'mcp-session-id': 'session-1',
        'mcp-protocol-version': '2025-06-18',
        authorization: 'Bearer k',
      });
    }
    expect(later.map(({ method }) => method).sort()).to.deep.equal(['DELETE', 'GET', 'POST']);
  });

  it('does not reorder or lose progress, nor break characters, on the stream of a call', async () => {
    remote.handlers['tools/call'] = ({ message }, res) => {
      const { progressToken } = (message.params?._meta ?? {}) as { progressToken?: number };
      const progress = [1, 2, 3].map((n) =>
        event({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: n } }),
      );
      const bytes = Buffer.from(progress.join('') + event(answer(message.id, '€uro')));
      stream(res);
      for (const byte of bytes) res.write(Buffer.of(byte));
      res.end();
    };
    const connection = await host().connection();
    const seen: unknown[] = [];
    const outcome = await call(
      connection,
      'any',
      {},
      { onProgress: ({ progress }: { progress: number }) => seen.push(progress) },
    );
    expect(textOfOutcome(outcome)).to.equal('€uro');
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('does not attribute a message on the stream of one call to another', async () => {
    const owners: unknown[] = [];
    remote.handlers['tools/call'] = ({ message }, res) => {
      stream(res);
      if (message.params?.name === 'waits') return;
      res.end(
        event([
          { jsonrpc: '2.0', method: 'notifications/message', params: { data: 1 } },
          answer(message.id, 'batched'),
        ]),
      );
    };
    const server = host();
    server.on('notification', (_notification, whose) => owners.push(whose));
    const connection = await server.connection();
    const [first, second] = [{ first: true }, { second: true }];
    void call(connection, 'waits', {}, { owner: first });
    expect(textOfOutcome(await call(connection, 'talks', {}, { owner: second }))).to.equal('batched');
    expect(owners).to.deep.equal([[second]]);
  });

  it('does not miss what the server says outside of calls, also after its stream broke', async () => {
    let streams = 0;
    remote.handlers.GET = ({ headers }, res) => {
      streams++;
      const data = { stream: streams, from: headers['last-event-id'] ?? null };
      stream(res).write(
        event({ jsonrpc: '2.0', method: 'notifications/message', params: { data } }, `id: e${streams}\nretry: 10\n`),
      );
      if (streams === 1) setTimeout(() => res.destroy(), 20);
    };
    const server = host();
    const seen: unknown[] = [];
    server.on('notification', ({ params }) => seen.push(params?.data));
    await server.connection();
    while (seen.length < 2) await once(server, 'notification');
    expect(seen).to.deep.equal([
      { stream: 1, from: null },
      { stream: 2, from: 'e1' },
    ]);
  });

  it('does not give up the connection because its extra stream is refused again and again', async () => {
    let refused = 0;
    remote.handlers.GET = (_seen, res) => {
      refused++;
      if (refused === 1) return void stream(res).end('id: a\nretry: 1\ndata: \n\n');
      if (refused < 12) return void res.writeHead(503).end();
      stream(res).write(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }));
    };
    const server = host();
    const noted = once(server, 'notification');
    await server.connection();
    await noted;
    expect(server.report.status).to.equal('connected');
  });

  it('does not lose the answer of a call whose stream the server closed to be polled', async () => {
    let id: number | undefined;
    remote.handlers['tools/call'] = ({ message }, res) => {
      id = message.id;
      stream(res).end('id: p1\nretry: 20\ndata: \n\n');
    };
    remote.handlers.GET = ({ headers }, res) => {
      if (headers['last-event-id'] === undefined) return void res.writeHead(405).end();
      if (headers['last-event-id'] === 'p1') return void stream(res).end('id: p2\ndata: \n\n');
      stream(res).end(event(answer(id, `from ${headers['last-event-id']}`), 'id: p3\n'));
    };
    expect(textOfOutcome(await call(await host().connection(), 'any'))).to.equal('from p2');
  });

  it('does not wait for an answer when a stream without ids breaks', async () => {
    remote.handlers['tools/call'] = (_seen, res) => {
      stream(res).write(': nothing yet\n\n');
      setTimeout(() => res.destroy(), 10);
    };
    const outcome = await call(await host().connection(), 'any');
    expect(textOfOutcome(outcome)).to.match(
      /ended the event stream without an answer; the call may or may not have run$/,
    );
  });

  it('does not stay on a session that the server forgot', async () => {
    const server = host();
    const first = await server.connection();
    remote.handlers['tools/call'] = ({ headers, message }, res) => {
      if (headers['mcp-session-id'] === 'session-1') return void res.writeHead(404).end();
      json(res, answer(message.id, 'new session'));
    };
    const reconnected = once(server, 'connected');
    const outcome = await call(first, 'any');
    expect(textOfOutcome(outcome)).to.match(
      /^error: The request was not delivered: .* no longer knows the session \(404\)$/,
    );
    await reconnected;
    expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('new session');
    expect(remote.seen.some(({ method }) => method === 'DELETE')).to.equal(false);
  });

  it('does not leave the stream of a cancelled call open', async () => {
    const open: Promise<unknown>[] = [];
    remote.handlers['tools/call'] = (_seen, res) => void open.push(once(stream(res), 'close'));
    const connection = await host().connection();
    const abort = new AbortController();
    const outcome = call(connection, 'any', {}, { signal: abort.signal });
    await remote.arrival('tools/call');
    abort.abort('enough');
    await outcome;
    const { message } = await remote.arrival('notifications/cancelled');
    expect(message.params).to.deep.equal({ requestId: 2, reason: 'enough' });
    await Promise.all(open);
  });

  it('does not hide a JSON-RPC error behind its HTTP status', async () => {
    remote.handlers['tools/call'] = ({ message }, res) =>
      json(res, { jsonrpc: '2.0', id: message.id, error: { code: -32602, message: 'bad argument' } }, 400);
    const outcome = await call(await host().connection(), 'any');
    expect(outcome).to.deep.equal({ error: { code: -32602, message: 'bad argument' } });
  });

  it('does not say less than the server about a refusal', async () => {
    remote.handlers['*'] = (_seen, res) => json(res, { error: 'invalid_token' }, 401);
    expect(await failure()).to.equal(
      `${remote.url} answered 401: {"error":"invalid_token"}; check mcpServers.fixture.headers`,
    );
    remote.handlers['*'] = (_, res) => void res.writeHead(401, ['www-authenticate', 'B resource_metadata="x"']).end();
    expect(await failure()).to.match(/answered 401: it wants OAuth.*set mcpServers.fixture.headers.Authorization/);
    remote.handlers['*'] = (_seen, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    expect(await failure()).to.match(/'text\/html'.*that is a web page; correct mcpServers.fixture.url/);
    remote.handlers['*'] = (_seen, res) => void res.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
    expect(await failure()).to.match(/answered 404; check mcpServers.fixture.url, and that mcpServers.fixture.type/);
    remote.handlers['*'] = (_seen, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    expect(await failure()).to.match(/answered with content type 'text\/html', not JSON or an event stream/);
    remote.handlers['*'] = (_seen, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{');
    expect(await failure()).to.match(/answered with invalid JSON/);
  });

  it('does not hide that nothing listens, and connects once something does', async () => {
    const { port, url } = remote;
    await remote.stop();
    const server = hosting.host({ type: 'streamable-http', url: `${url}?key=secret` }, FAST);
    server.start();
    expect((await statusOf(server, 'failed')).reason).to.equal(`nothing listens at ${url} (ECONNREFUSED)`);
    remote = await new RemoteFixture().start(port);
    await statusOf(server, 'connected');
  });

  it('does not stay connected to a server that went away', async () => {
    const server = host();
    const connection = await server.connection();
    await remote.stop();
    // The first may find a dying socket, the fate of its request unknown; the second finds nobody.
    expect(textOfOutcome(await call(connection, 'any'))).to.match(/^error: .*(ECONNREFUSED|may or may not have run)/);
    expect(textOfOutcome(await call(connection, 'any'))).to.match(/^error: /);
    await statusOf(server, 'failed');
  });

  it('does not accept an address that is none', async () => {
    expect(await failure({ url: 'ftp://x' })).to.equal(
      "'ftp://x' is not an http or https address; correct mcpServers.fixture.url",
    );
  });

  it('does not carry the headers of the entry to another origin', async () => {
    const foreign = await new RemoteFixture().start();
    remote.handlers['*'] = (_seen, res) => void res.writeHead(307, { location: foreign.url }).end();
    expect(await failure({ headers: { Authorization: 'Bearer k' } })).to.match(
      /redirects to http:\/\/127.0.0.1:\d+\/mcp, which is not followed/,
    );
    expect(foreign.seen).to.deep.equal([]);
    await foreign.stop();
  });

  it('does not hide where a redirect leads that is not followed', async () => {
    for (const status of [301, 302, 303]) {
      remote.handlers['*'] = (_seen, res) => void res.writeHead(status, { location: '/mcp/' }).end();
      expect(await failure()).to.equal(
        `${remote.url} redirects to ${remote.url}/, which is not followed; if it is right, set mcpServers.fixture.url to it`,
      );
    }
    remote.handlers['*'] = (_seen, res) => void res.writeHead(308, { location: 'http://[' }).end();
    expect(await failure()).to.match(/redirects to no valid address \(308\); correct mcpServers.fixture.url$/);
  });

  it('does not refuse a redirect within the origin, nor follow it forever', async () => {
    const server = host({ url: remote.url.replace('/mcp', '/old') });
    remote.handlers['*'] = (seen, res) => {
      if (seen.url === '/old') return void res.writeHead(308, { location: '/mcp' }).end();
      if (seen.message.method === 'initialize') return remote.initialize(seen, res);
      res.writeHead(202).end();
    };
    await server.connection();
    remote.handlers['*'] = (_seen, res) => void res.writeHead(308, { location: '/mcp' }).end();
    expect(await failure()).to.match(/redirects more than 3 times/);
  });

  it('does not take in a message without bounds', async () => {
    const connection = await host().connection();
    const megabyte = 'x'.repeat(1024 * 1024);
    remote.handlers['tools/call'] = ({ message }, res) => {
      if (message.params?.name === 'json') res.writeHead(200, { 'content-type': 'application/json' });
      else stream(res).write('data: ');
      for (let i = 0; i < 34; i++) res.write(megabyte);
      res.end();
    };
    expect(textOfOutcome(await call(connection, 'json'))).to.match(/longer than 33554432 bytes/);
    expect(textOfOutcome(await call(connection, 'stream'))).to.match(/longer than 33554432 characters/);
  });

  it('does not warn for each bad message', async () => {
    remote.handlers['tools/call'] = ({ message }, res) =>
      void stream(res).end(`data: {\n\ndata: 1\n\ndata: {"jsonrpc":"1.0"}\n\n${event(answer(message.id, 'good'))}`);
    expect(textOfOutcome(await call(await host().connection(), 'any'))).to.equal('good');
    expect(warnings()).to.have.length(1);
  });

  it('does not hang in stop when the server ignores the farewell', async () => {
    remote.handlers.DELETE = () => {};
    const server = host();
    await server.connection();
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).to.be.below(2_500);
  });
});
