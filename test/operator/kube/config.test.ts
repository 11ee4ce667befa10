import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createKubeClient } from '../../../operator/kube/client.ts';
import { inClusterConfig, loadKubeConfig } from '../../../operator/kube/config.ts';
import { kubeconfigOf } from '../../../operator/kube/kubeconfig.ts';
import { startApiServer } from './api-server.ts';
import { createCertificate } from './certificate.ts';
import { createFakeClock } from './fake-clock.ts';
import { WIDGETS } from './model.ts';

describe('the way to the API server', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kube-config-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  /** A kubeconfig with one context. JSON is YAML. */
  const kubeconfig = (cluster: object, user: object) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
      'current-context': 'x',
    });
  const read = (text: string) => kubeconfigOf({ load: (config) => config.loadFromString(text) });

  it('in a Pod: reads a token again that Kubernetes replaced, and survives the moment without a file', async () => {
    await write('token', 'one\n');
    await write('ca.crt', 'CA');
    await write('namespace', 'ops');
    const clock = createFakeClock();
    const config = await inClusterConfig({ host: '198.18.0.1', port: '443', directory: folder, clock });
    expect([config.server, config.namespace]).to.eql(['https://198.18.0.1:443', 'ops']);
    expect(await config.credentials()).to.eql({ headers: { authorization: 'Bearer one' }, tls: { ca: 'CA' } });
    await write('token', 'two');
    expect((await config.credentials()).headers.authorization).to.equal('Bearer one');
    await clock.advance(30_000);
    expect((await config.credentials()).headers.authorization).to.equal('Bearer two');
    await write('token', 'three');
    expect((await config.credentials(true)).headers.authorization).to.equal('Bearer three');
    await rm(join(folder, 'token'));
    await clock.advance(30_000);
    expect((await config.credentials()).headers.authorization).to.equal('Bearer three');
  });

  it('in a Pod: takes an IPv6 address, and says which file is missing', async () => {
    const config = await inClusterConfig({ host: 'fd00::1', port: '6443', directory: folder });
    expect(config.server).to.equal('https://[fd00::1]:6443');
    const error = await config.credentials().catch((reason) => reason);
    expect(error.message).to.match(/token|ca\.crt/);
  });

  it('says what to do where there is none', async () => {
    const error = await loadKubeConfig({ HOME: folder }).catch((reason) => reason);
    expect(error.message).to.include('set KUBECONFIG');
  });

  it('by a kubeconfig: certificates, tokens, passwords, and the name that the certificate has', async () => {
    const { cert, key } = createCertificate();
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const cluster = {
      server: 'https://127.0.0.1:1/',
      'certificate-authority-data': base64(cert),
      'tls-server-name': 'kube',
    };
    const config = await read(
      kubeconfig(cluster, { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }),
    );
    expect([config.server, config.namespace]).to.eql(['https://127.0.0.1:1', 'team']);
    expect(await config.credentials()).to.eql({ headers: {}, tls: { ca: cert, cert, key, servername: 'kube' } });
    const byToken = await read(
      kubeconfig({ server: 'https://a', 'insecure-skip-tls-verify': true }, { token: 'secret' }),
    );
    expect(await byToken.credentials()).to.eql({
      headers: { authorization: 'Bearer secret' },
      tls: { rejectUnauthorized: false },
    });
    const byPassword = await read(kubeconfig({ server: 'https://a' }, { username: 'me', password: 'pass' }));
    expect((await byPassword.credentials()).headers).to.eql({ authorization: `Basic ${base64('me:pass')}` });
  });

  it('by a kubeconfig: runs the plugin that clouds use for their tokens', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-exec' },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    const config = await read(kubeconfig({ server: 'https://a' }, { exec }));
    expect((await config.credentials()).headers.authorization).to.equal('Bearer from-exec');
  });

  it('by a kubeconfig: plain HTTP works, and a context without a cluster says so', async () => {
    const server = await startApiServer({ protocol: 'http' });
    const client = createKubeClient({
      kubeConfig: await read(kubeconfig({ server: server.url }, {})),
      userAgent: 'test',
    });
    expect((await client.list(WIDGETS)).items).to.eql([]);
    await client.close();
    await server.stop();
    const broken = kubeconfig({ server: 'https://a' }, {}).replace('"cluster":"c"', '"cluster":"none"');
    const error = await read(broken).catch((reason) => reason);
    expect(error.message).to.equal('the kubeconfig has no cluster for its current context "x"');
  });
});
