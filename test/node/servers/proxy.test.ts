import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasOpenssl, makeAuthority, makeServerCertificate } from '../../support/certificates.ts';
import { needs } from '../../support/needs.ts';
import { ForwardProxy } from '../../support/servers/forward-proxy.ts';
import { call, Hosting, statusOf, textOfOutcome } from '../../support/servers/hosting.ts';
import { RemoteFixture } from '../../support/servers/remote.ts';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const FAST = { firstDelay: 20, startTimeout: 3_000, retryAfter: 0 };

describe('a remote server behind a proxy', () => {
  const kept = new Map<string, string | undefined>();
  let hosting: Hosting;
  let remote: RemoteFixture;
  let proxy: ForwardProxy;

  beforeEach(async () => {
    for (const name of VARIABLES) {
      kept.set(name, process.env[name]);
      delete process.env[name];
    }
    hosting = new Hosting();
    remote = await new RemoteFixture().start();
    proxy = await new ForwardProxy().start();
  });
  afterEach(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await hosting.clean();
    await remote.stop();
    await proxy.stop();
  });

  const host = (url = `http://server.test:${remote.port}/mcp`, more: object = {}) =>
    hosting.host({ type: 'streamable-http', url, ...more }, FAST);

  async function failure(url?: string): Promise<string> {
    const server = host(url);
    server.start();
    return (await statusOf(server, 'failed')).reason ?? '';
  }

  for (const name of ['HTTP_PROXY', 'http_proxy']) {
    it(`is reached by way of ${name}, with its user and password`, async () => {
      process.env[name] = `http://me:secret%21@127.0.0.1:${proxy.port}`;
      expect(textOfOutcome(await call(await host().connection(), 'any'))).to.equal('plain');
      expect(proxy.seen[0]).to.equal(`POST http://server.test:${remote.port}/mcp`);
      expect([...proxy.credentials]).to.deep.equal([`Basic ${btoa('me:secret!')}`]);
      expect(remote.seen[0]?.headers).not.to.have.property('proxy-authorization');
    });
  }

  it('is reached over HTTP+SSE as well, and by a proxy that is named without a scheme', async () => {
    process.env.HTTP_PROXY = `127.0.0.1:${proxy.port}`;
    remote.handlers.GET = (_seen, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end();
    const server = host(undefined, { type: 'sse' });
    server.start();
    expect((await statusOf(server, 'failed')).reason).to.match(/instead of an event stream/);
    expect(proxy.seen).to.include(`GET http://server.test:${remote.port}/mcp`);
  });

  for (const name of ['NO_PROXY', 'no_proxy']) {
    it(`is reached without it where ${name} says so, and where it is on this machine`, async () => {
      process.env.HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
      process.env[name] = 'other.test, .test';
      expect(await failure()).to.match(/^the host name of http:\/\/server.test:\d+\/mcp is not known/);
      expect(proxy.seen).to.deep.equal([]);
      delete process.env[name];
      await host(remote.url).connection();
      await host(remote.url.replace('127.0.0.1', 'localhost')).connection();
      expect(proxy.seen.filter((line) => !line.includes('server.test'))).to.deep.equal([]);
    });
  }

  it('is told from its proxy when that cannot be reached, or refuses', async () => {
    process.env.HTTP_PROXY = `http://me:secret@127.0.0.1:${proxy.port}`;
    process.env.HTTPS_PROXY = process.env.HTTP_PROXY;
    const shown = `http://127.0.0.1:${proxy.port}, the proxy for`;
    proxy.refusal = 407;
    expect(await failure()).to.include(`${shown} http://server.test:${remote.port}/mcp, refused the connection: `);
    proxy.refusal = 403;
    expect(await failure('https://server.test/mcp')).to.include(
      `${shown} https://server.test/mcp, refused the connection: Proxy response (403)`,
    );
    await proxy.stop();
    expect(await failure()).to.equal(
      `nothing listens at ${shown} http://server.test:${remote.port}/mcp (ECONNREFUSED)`,
    );
    expect(JSON.stringify(hosting.lines)).not.to.include('secret');
  });

  it('is told of a variable that is no address, without its value', async () => {
    process.env.HTTP_PROXY = 'ftp://secret';
    expect(await failure()).to.equal(
      'the variable HTTP_PROXY is not the address of a proxy; write one such as http://proxy:3128, or unset it',
    );
  });

  it('is not asked for a call again that its proxy may have passed on', async () => {
    process.env.HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
    const connection = await host().connection();
    remote.handlers['tools/call'] = (_seen, res) => void res.destroy();
    expect(textOfOutcome(await call(connection, 'any'))).to.match(/the call may or may not have run$/);
  });
});

describe('a remote server with a certificate of an own authority', () => {
  let folder: string;
  let hosting: Hosting;
  let remote: RemoteFixture;
  let proxy: ForwardProxy;
  before(function () {
    needs(this, hasOpenssl(), 'openssl, to make certificates');
    folder = mkdtempSync(join(tmpdir(), 'mcphub-ca-'));
    makeAuthority(folder);
    makeServerCertificate(folder, ['127.0.0.1']);
  });
  after(() => folder && rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    hosting = new Hosting();
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    remote = await new RemoteFixture({ key: read('apiserver.key'), cert: read('apiserver.crt') }).start();
    proxy = await new ForwardProxy().start();
  });
  afterEach(async () => {
    await hosting.clean();
    await remote.stop();
    await proxy.stop();
  });

  const host = (more: object, url = `https://localhost:${remote.port}/mcp`) =>
    hosting.host({ type: 'streamable-http', url, ...more }, FAST);
  async function failure(more: object): Promise<string> {
    const server = host(more);
    server.start();
    return (await statusOf(server, 'failed')).reason ?? '';
  }

  it('is trusted where its entry names the authority, as text or as a file', async () => {
    const path = join(folder, 'ca.crt');
    for (const ca of [path, readFileSync(path, 'utf8')]) {
      expect(textOfOutcome(await call(await host({ ca }).connection(), 'any'))).to.equal('plain');
    }
  });

  it('is not trusted otherwise, and says why', async () => {
    expect(await failure({})).to.match(/^https:\/\/localhost:\d+\/mcp: .*(SELF_SIGNED|UNABLE_TO_)/);
    expect(await failure({ ca: '/nowhere.pem' })).to.equal(
      'the file of mcpServers.fixture.ca cannot be read (ENOENT); name a file with certificates in PEM, or write them there',
    );
  });

  it('is trusted by way of a proxy, too', async () => {
    const { HTTPS_PROXY } = process.env;
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`;
    try {
      const server = host({ ca: join(folder, 'ca.crt') }, `https://kubernetes.default:${remote.port}/mcp`);
      expect(textOfOutcome(await call(await server.connection(), 'any'))).to.equal('plain');
      expect(proxy.seen[0]).to.equal(`CONNECT kubernetes.default:${remote.port}`);
    } finally {
      if (HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
      else process.env.HTTPS_PROXY = HTTPS_PROXY;
    }
  });
});
