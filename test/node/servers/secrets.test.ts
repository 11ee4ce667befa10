import { expect } from 'chai';
import { createRedactor } from '../../../node/servers/redact.ts';
import { call, Hosting, statusOf, textOfOutcome } from '../../support/servers/hosting.ts';
import { json, RemoteFixture } from '../../support/servers/remote.ts';

describe('the secrets of a remote server', () => {
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

  const USER = 'm%20aster';
  const PASSWORD = 'hunter2%3Ahunter2';
  const QUERY = 'sk-query-0815';
  const HEADER = 'sk-header-4711';
  const PATH = 'NTcyZjA0MGMtZTk3OC00Mjlk';
  const SECRETS = [USER, 'm aster', PASSWORD, 'hunter2:hunter2', QUERY, HEADER, PATH];

  const host = (scheme = 'http', port = remote.port) =>
    hosting.host(
      {
        type: 'streamable-http',
        url: `${scheme}://${USER}:${PASSWORD}@127.0.0.1:${port}/s/${PATH}/mcp?key=${QUERY}`,
        headers: { 'X-Key': HEADER },
      },
      { firstDelay: 20, startTimeout: 3_000, retryAfter: 0 },
    );

  function expectSilence(...texts: string[]): void {
    const all = [...texts, JSON.stringify(hosting.lines)].join('\n');
    for (const secret of SECRETS) expect(all, secret).not.to.include(secret);
  }

  it('reach the server: user and password as Basic authentication, the query in the address', async () => {
    await host().connection();
    const [first] = remote.seen;
    expect(first?.headers.authorization).to.equal(`Basic ${btoa('m aster:hunter2:hunter2')}`);
    expect([first?.url, first?.headers['x-key']]).to.deep.equal([`/s/${PATH}/mcp?key=${QUERY}`, HEADER]);
  });

  it('give way to an Authorization that is set', async () => {
    const url = `http://a:b@127.0.0.1:${remote.port}/mcp`;
    await hosting.host({ type: 'streamable-http', url, headers: { authorization: 'Bearer c' } }).connection();
    expect(remote.seen[0]?.headers.authorization).to.equal('Bearer c');
  });

  it('are not in the reason of a failure, nor in the log, whatever the server repeats of them', async () => {
    const repeated = `bad ${SECRETS.join(' and ')}`;
    const answers: ((...args: Parameters<NonNullable<(typeof remote.handlers)[string]>>) => void)[] = [
      (_seen, res) => json(res, { error: repeated }, 401),
      (_seen, res) => void res.writeHead(400, { 'content-type': 'text/plain' }).end(repeated),
      (_seen, res) => void res.writeHead(307, { location: `http://u:p@elsewhere.test/?key=${QUERY}` }).end(),
      (_seen, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end(repeated),
      ({ message }, res) =>
        json(res, { jsonrpc: '2.0', id: message.id, error: { code: -32000, message: repeated } }, 200),
      (_seen, res) => void res.destroy(),
    ];
    for (const answer of answers) {
      remote.handlers['*'] = answer;
      const server = host();
      server.start();
      const { reason = '' } = await statusOf(server, 'failed');
      expect(reason).not.to.equal('');
      const thrown = await server.connection().catch((error: Error) => error.message);
      expectSilence(reason, String(thrown));
    }
  });

  it('are not in the answer to a call that fails', async () => {
    const server = host();
    const connection = await server.connection();
    remote.handlers['tools/call'] = (_seen, res) => json(res, { error: `bad ${SECRETS.join(' ')}` }, 403);
    expectSilence(textOfOutcome(await call(connection, 'any')));
  });

  it('are not in the reason when the address is none, or nothing listens there', async () => {
    for (const server of [host('ftp'), host('http', 1), hosting.host({ type: 'sse', url: QUERY })]) {
      server.start();
      expectSilence((await statusOf(server, 'failed')).reason ?? '');
    }
  });
});

describe('the secrets of a program', () => {
  it('are taken out of what is shown of it: environment, arguments, addresses', () => {
    const redact = createRedactor({
      command: 'server',
      args: [
        '--api-key',
        'sk-argument',
        '--token=sk-joined',
        '--verbose',
        'postgres://app:sk-postgres@db/x',
        'plain-text',
      ],
      env: {
        GITHUB_TOKEN: 'sk-environment',
        DATABASE_URL: 'mysql://root:sk-mysql@db?sslkey=sk-ssl',
        PLAIN: 'plain-value',
      },
    });
    const secrets = ['sk-argument', 'sk-joined', 'sk-postgres', 'sk-environment', 'sk-mysql', 'sk-ssl'];
    expect(redact(secrets.join(' '))).to.equal(secrets.map(() => '***').join(' '));
    expect(redact('plain-text plain-value --verbose')).to.equal('plain-text plain-value --verbose');
  });
});
