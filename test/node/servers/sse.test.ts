import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { SERVERS } from '../../../node/servers/config.ts';
import { call, Hosting, statusOf, textOfOutcome } from '../../support/servers/hosting.ts';
import { answer, event, json, RemoteFixture, stream } from '../../support/servers/remote.ts';

describe('a remote server over HTTP+SSE', () => {
  let hosting: Hosting;
  let remote: RemoteFixture;
  let open: ServerResponse[];
  let endpoint: () => string;

  beforeEach(async () => {
    hosting = new Hosting();
    remote = await new RemoteFixture().start();
    open = [];
    endpoint = () => '/messages?sessionId=1';
    remote.handlers.GET = (_seen, res) => {
      open.push(stream(res));
      res.write(`event: endpoint\ndata: ${endpoint()}\n\n`);
    };
    remote.handlers.initialize = ({ message }, res) => {
      res.writeHead(202).end('Accepted');
      const result = { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'old', version: '1' } };
      open.at(-1)?.write(event({ jsonrpc: '2.0', id: message.id, result }, 'event: message\n'));
    };
    remote.handlers['tools/call'] = ({ message }, res) => {
      res.writeHead(202).end('Accepted');
      open.at(-1)?.write(event(answer(message.id, 'over the stream')));
    };
  });
  afterEach(async () => {
    await hosting.clean();
    await remote.stop();
  });

  const FAST = { firstDelay: 20, maxDelay: 40, startTimeout: 1_000, retryAfter: 0 };
  const host = (more: object = {}) =>
    hosting.host({ type: 'sse', url: `http://127.0.0.1:${remote.port}/sse`, ...more }, FAST);

  async function failure(): Promise<string> {
    const server = host();
    server.start();
    return (await statusOf(server, 'failed')).reason ?? '';
  }

  it('does not lose the query of a relative endpoint, nor the headers of the entry', async () => {
    const connection = await host({ headers: { 'X-Key': 'k' } }).connection();
    expect(textOfOutcome(await call(connection, 'any'))).to.equal('over the stream');
    expect(connection.server.protocolVersion).to.equal('2024-11-05');
    const posts = remote.seen.filter(({ method }) => method === 'POST');
    expect(posts.map(({ url }) => url)).to.deep.equal(Array(3).fill('/messages?sessionId=1'));
    for (const { headers } of remote.seen) expect(headers['x-key']).to.equal('k');
  });

  it('does not refuse an absolute endpoint of its own origin', async () => {
    endpoint = () => `http://127.0.0.1:${remote.port}/elsewhere`;
    await host().connection();
    expect(remote.seen.at(-1)?.url).to.equal('/elsewhere');
  });

  it('does not post to another origin', async () => {
    const foreign = await new RemoteFixture().start();
    endpoint = () => foreign.url;
    expect(await failure()).to.match(
      /named an endpoint of another origin \(http:\/\/127.0.0.1:\d+\), which is refused$/,
    );
    expect(foreign.seen).to.deep.equal([]);
    await foreign.stop();
  });

  it('does not leave a call in silence when the stream ends, and connects again', async () => {
    remote.handlers['tools/call'] = (_seen, res) => {
      res.writeHead(202).end();
      open.at(-1)?.end();
    };
    const server = host();
    const connection = await server.connection();
    const again = once(server, 'connected');
    expect(textOfOutcome(await call(connection, 'any'))).to.match(
      /ended the event stream; the call may or may not have run$/,
    );
    await again;
    expect(server.restarts).to.equal(1);
  });

  it('does not say of a call that it was not delivered when its POST broke, or was answered by a gateway in trouble', async () => {
    const ends: ((res: ServerResponse) => void)[] = [
      (res) => res.destroy(),
      (res) => void res.writeHead(504).end(),
      (res) => void res.writeHead(500).end(),
    ];
    const server = host();
    for (const end of ends) {
      remote.handlers['tools/call'] = (_seen, res) => end(res);
      const outcome = await call(await server.connection(), 'any');
      expect(textOfOutcome(outcome)).to.match(/; the call may or may not have run$/);
    }
    expect(server.report.status).to.equal('connected');
  });

  it('does not give up a call whose POST is answered only when the work is done', async () => {
    const { noticeTimeout } = SERVERS;
    Object.assign(SERVERS, { noticeTimeout: 50 });
    try {
      remote.handlers['tools/call'] = ({ message }, res) => {
        setTimeout(() => {
          open.at(-1)?.write(event(answer(message.id, 'done')));
          res.writeHead(202).end();
        }, 200);
      };
      expect(textOfOutcome(await call(await host().connection(), 'late'))).to.equal('done');
    } finally {
      Object.assign(SERVERS, { noticeTimeout });
    }
  });

  it('does not stay on a session that the taker of messages forgot', async () => {
    const refusals: ((res: ServerResponse) => void)[] = [
      (res) => void res.writeHead(404).end(),
      (res) => void res.writeHead(400, { 'content-type': 'text/plain' }).end('No transport found for sessionId'),
      (res) => json(res, { jsonrpc: '2.0', id: null, error: { code: -32602, message: 'Invalid session ID' } }, 400),
      (res) => void res.writeHead(410).end(),
    ];
    for (const refuse of refusals) {
      const server = host();
      const connection = await server.connection();
      const again = once(server, 'connected');
      const before = { ...remote.handlers };
      remote.handlers['*'] = (seen, res) => {
        if (seen.method === 'POST') return refuse(res);
        Object.assign(remote.handlers, before);
        delete remote.handlers['*'];
        before.GET?.(seen, res);
      };
      const outcome = await call(connection, 'any');
      expect(textOfOutcome(outcome)).to.match(/^error: The request was not delivered: /);
      await again;
      expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('over the stream');
    }
  });

  it('does not leave its stream open after stop', async () => {
    const server = host();
    await server.connection();
    const closed = once(open[0] as ServerResponse, 'close');
    await server.stop();
    await closed;
  });

  it('does not wait for the answer of a POST that was refused', async () => {
    remote.handlers['tools/call'] = (_seen, res) =>
      void res.writeHead(413, { 'content-type': 'text/plain' }).end('too large');
    const outcome = await call(await host().connection(), 'any');
    expect(textOfOutcome(outcome)).to.match(/^error: The request was not delivered: .* answered 413: too large$/);
  });

  it('does not wait forever for an endpoint', async () => {
    remote.handlers.GET = (_seen, res) => void stream(res);
    expect(await failure()).to.match(/could not be reached within 1 s/);
  });

  it('does not take anything else for an event stream', async () => {
    remote.handlers.GET = (_seen, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    expect(await failure()).to.match(/answered with 'text\/html' instead of an event stream/);
    remote.handlers.GET = (_seen, res) => void res.writeHead(405).end();
    expect(await failure()).to.match(
      /answered 405; check mcpServers.fixture.url, and that mcpServers.fixture.type \(sse or/,
    );
    remote.handlers.GET = (_seen, res) => void stream(res).end();
    expect(await failure()).to.match(/ended the event stream/);
  });
});
