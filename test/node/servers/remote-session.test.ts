import { expect } from 'chai';
import { call, Hosting, textOfOutcome } from '../../support/servers/hosting.ts';
import { json, RemoteFixture } from '../../support/servers/remote.ts';

describe('the session of a remote server', () => {
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

  const host = () => hosting.host({ type: 'streamable-http', url: remote.url }, { firstDelay: 20, retryAfter: 0 });

  it('is not given up because one request of it is refused', async () => {
    const server = host();
    const connection = await server.connection();
    const refusals: [status: number, body: object][] = [
      [400, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'bad' } }],
      [401, { error: 'insufficient_scope' }],
      [404, { jsonrpc: '2.0', id: 7, error: { code: -32601, message: 'no such method' } }],
      [413, {}],
      [422, {}],
      [429, {}],
      [500, {}],
      [502, {}],
      [200, { jsonrpc: '2.0', id: 7, error: { code: -32001, message: 'no such task' } }],
    ];
    for (const [status, body] of refusals) {
      remote.handlers['tools/call'] = ({ message }, res) =>
        json(res, 'id' in body && body.id === 7 ? { ...body, id: message.id } : body, status);
      expect('error' in (await call(connection, 'any')), String(status)).to.equal(true);
    }
    delete remote.handlers['tools/call'];
    expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('plain');
    expect(remote.sessions).to.equal(1);
  });

  it('is not taken for forgotten because of overload, or a gateway without a server behind it', async () => {
    const server = host();
    const connection = await server.connection();
    for (const status of [408, 425, 429, 502, 503, 504]) {
      remote.handlers['*'] = (_seen, res) => void res.writeHead(status).end();
      expect('error' in (await call(connection, 'any')), String(status)).to.equal(true);
    }
    delete remote.handlers['*'];
    expect(await server.connection()).to.equal(connection);
    expect(textOfOutcome(await call(connection, 'any'))).to.equal('plain');
  });
});
