import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { call, Hosting, textOfOutcome } from '../../support/servers/hosting.ts';
import { answer, json, RemoteFixture, stream } from '../../support/servers/remote.ts';
import { until } from '../../support/until.ts';

describe('a remote server without a stream of its own', () => {
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
  const host = () => hosting.host({ type: 'streamable-http', url: remote.url }, FAST);
  const POST_ONLY = 'Remote server has no event stream outside of answers';
  const settled = () => until(() => hosting.lines.some(({ msg }) => msg === POST_ONLY));

  const refusals: Record<string, (res: ServerResponse) => void> = {
    '400': (res) => void res.writeHead(400).end('no'),
    '401': (res) => json(res, {}, 401),
    '404': (res) => void res.writeHead(404, { 'content-type': 'text/html' }).end('<html>'),
    '405': (res) => void res.writeHead(405).end(),
    '406 with a JSON-RPC error': (res) =>
      json(res, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Not Acceptable' } }, 406),
    '200 with a page': (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    '501': (res) => void res.writeHead(501).end(),
  };
  for (const [how, refuse] of Object.entries(refusals)) {
    it(`is not opened again and again, and no call at it is dropped: GET is answered with ${how}`, async () => {
      remote.handlers.GET = (_seen, res) => refuse(res);
      remote.handlers['tools/call'] = ({ message }, res) =>
        void settled().then(() => json(res, answer(message.id, 'ran')));
      const server = host();
      const connection = await server.connection();
      expect(textOfOutcome(await call(connection, 'any'))).to.equal('ran');
      expect(await server.connection()).to.equal(connection);
      expect([remote.sessions, remote.seen.filter(({ method }) => method === 'GET').length]).to.deep.equal([1, 1]);
    });
  }

  it('is not given up because it cuts each GET, as long as it answers', async () => {
    let streams = 0;
    remote.handlers.GET = (_seen, res) => {
      if (++streams > 1) return void res.destroy();
      stream(res).end('id: 1\nretry: 1\ndata: \n\n');
    };
    const server = host();
    const connection = await server.connection();
    await settled();
    expect(await server.connection()).to.equal(connection);
    expect(textOfOutcome(await call(connection, 'any'))).to.equal('plain');
  });

  it('is asked whether it knows the session when it refuses a stream that it had', async () => {
    const forgotten = new Set(['session-1']);
    const streams = new Set<unknown>();
    remote.handlers.GET = ({ headers }, res) => {
      const id = headers['mcp-session-id'];
      if (streams.has(id)) return void res.writeHead(404).end();
      streams.add(id);
      stream(res).end('id: 1\nretry: 1\ndata: \n\n');
    };
    remote.handlers.ping = (seen, res) => {
      if (!forgotten.has(String(seen.headers['mcp-session-id']))) return remote.usual(seen, res);
      res.writeHead(400, { 'content-type': 'text/plain' }).end('who?');
    };
    const server = host();
    const first = await server.connection();
    await once(server, 'connected');
    await settled();
    const second = await server.connection();
    expect([first.closed, second.closed, remote.sessions]).to.deep.equal([true, false, 2]);
  });
});
