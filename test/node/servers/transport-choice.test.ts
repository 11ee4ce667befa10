import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { call, Hosting, statusOf, textOfOutcome } from '../../support/servers/hosting.ts';
import { answer, event, json, RemoteFixture, type Seen, stream } from '../../support/servers/remote.ts';

describe('a remote server whose entry has no type', () => {
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
  const host = (more: object = {}) => hosting.host({ url: `http://127.0.0.1:${remote.port}/sse`, ...more }, FAST);
  const lines = () => remote.seen.map(({ method, url, message }) => `${method} ${url} ${message.method ?? ''}`.trim());

  /** Makes the fixture a server of HTTP+SSE, which refuses a POST to the address of its stream in one way. */
  function speakSse(refuse: (res: ServerResponse) => void): { end(): void } {
    let open: ServerResponse | undefined;
    const serve = ({ method, url, message }: Seen, res: ServerResponse) => {
      if (method === 'GET') {
        open = stream(res);
        return void res.write('event: endpoint\ndata: /messages?sessionId=1\n\n');
      }
      if (url === '/sse') return refuse(res);
      res.writeHead(202).end();
      const result = { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'old', version: '1' } };
      if (message.method === 'initialize') open?.write(event({ jsonrpc: '2.0', id: message.id, result }));
      if (message.method === 'tools/call') open?.write(event(answer(message.id, 'over the stream')));
    };
    remote.handlers['*'] = serve;
    return { end: () => void open?.end() };
  }

  const refusals: Record<string, (res: ServerResponse) => void> = {
    '404 (Express)': (res) => void res.writeHead(404, { 'content-type': 'text/html' }).end('Cannot POST /sse'),
    '405 (Starlette, mcp-go)': (res) => void res.writeHead(405).end('Method Not Allowed'),
    '400': (res) => void res.writeHead(400).end(),
    '400 with a JSON-RPC error without an id': (res) =>
      json(res, { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'no' } }, 400),
    '415': (res) => void res.writeHead(415).end(),
    '500': (res) => void res.writeHead(500).end(),
    '200 with a page': (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    '202': (res) => void res.writeHead(202).end(),
  };
  for (const [how, refuse] of Object.entries(refusals)) {
    it(`is used over HTTP+SSE when it does not take initialize: ${how}`, async () => {
      speakSse(refuse);
      const server = host();
      expect(server.transport).to.equal('remote');
      expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('over the stream');
      expect(server.transport).to.equal('sse');
    });
  }

  it('is not asked again while it works, but is after a failure', async () => {
    const { end } = speakSse((res) => void res.writeHead(405).end());
    const server = host();
    await server.connection();
    expect(lines().slice(0, 3)).to.deep.equal(['POST /sse server/discover', 'POST /sse initialize', 'GET /sse']);
    const before = remote.seen.length;
    const again = once(server, 'connected');
    end();
    await again;
    expect(lines().slice(before)).not.to.include('POST /sse initialize');
    expect(server.transport).to.equal('sse');
    delete remote.handlers['*'];
    end();
    const { port } = remote;
    await remote.stop();
    await statusOf(server, 'failed');
    remote = await new RemoteFixture().start(port);
    await statusOf(server, 'connected');
    expect(server.transport).to.equal('streamable-http');
    expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('plain');
  });

  it('is used over Streamable HTTP first', async () => {
    const server = host();
    expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('plain');
    expect(server.transport).to.equal('streamable-http');
    expect(lines()[1]).to.equal('POST /sse initialize');
    expect(remote.seen.find(({ method }) => method === 'GET')?.headers['mcp-session-id'] ?? 'session-1').to.equal(
      'session-1',
    );
  });

  it('is not tried over HTTP+SSE when it asks for a key, is overloaded, or has answered in its protocol', async () => {
    const answers: [(seen: Seen, res: ServerResponse) => void, RegExp][] = [
      [(_seen, res) => void res.writeHead(401).end(), /answered 401; check mcpServers.fixture.headers$/],
      [(_seen, res) => void res.writeHead(503).end(), /answered 503$/],
      [
        ({ message }, res) =>
          json(res, { jsonrpc: '2.0', id: message.id, error: { code: -32602, message: 'no version' } }, 400),
        /no version$/,
      ],
    ];
    for (const [respond, reason] of answers) {
      remote.handlers['*'] = respond;
      const server = host();
      server.start();
      expect((await statusOf(server, 'failed')).reason).to.match(reason);
    }
    expect(remote.seen.filter(({ method }) => method === 'GET')).to.deep.equal([]);
  });

  it('says how both were refused', async () => {
    remote.handlers['*'] = (_seen, res) => void res.writeHead(404).end();
    const server = host();
    server.start();
    expect((await statusOf(server, 'failed')).reason).to.match(
      /answered 404; check mcpServers.fixture.url, .*; and over HTTP\+SSE: .* answered 404; check/,
    );
  });
});
