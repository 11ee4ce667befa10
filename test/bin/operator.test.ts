import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type HubProcess, startHub } from './hub-process.ts';

/** What an API server answers that serves no kinds of ours. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const NOT_FOUND: Answer = (_, response) => {
  response
    .writeHead(404, { 'content-type': 'application/json' })
    .end('{"kind":"Status","reason":"NotFound","code":404}');
};

describe('mcphub operator', function () {
  this.timeout(40_000);
  let folder: string;
  let server: Server | undefined;
  let started: HubProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-operator-'));
  });
  afterEach(async () => {
    started?.child.kill('SIGKILL');
    await started?.ended;
    started = undefined;
    server?.closeAllConnections();
    server?.close();
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  function start(env: NodeJS.ProcessEnv): HubProcess {
    started = startHub(['operator'], { env: { HOME: folder, KUBERNETES_SERVICE_HOST: '', KUBECONFIG: '', ...env } });
    return started;
  }

  async function kubeconfig(answer: Answer): Promise<string> {
    server = createServer(answer).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const file = join(folder, 'config');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'test', user: { token: 'x' } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  it('says how to give it an API server, instead of a stack trace', async () => {
    const operator = start({});
    expect(await operator.ended).to.equal(2);
    expect(operator.errors())
      .to.include('KUBECONFIG')
      .and.include('MCPHUB_OPERATOR_NO_CONFIG')
      .and.not.include('    at ');
  });

  it('says which variable is wrong before it asks anybody', async () => {
    const operator = start({ LEADER_ELECT: 'maybe' });
    expect(await operator.ended).to.equal(2);
    expect(operator.errors()).to.include('LEADER_ELECT: "maybe"').and.include('true or false');
  });

  it('says how to install the definition that the API server lacks', async () => {
    const operator = start({ KUBECONFIG: await kubeconfig(NOT_FOUND) });
    expect(await operator.ended).to.equal(1);
    expect(operator.errors())
      .to.include('MCPHUB_OPERATOR_NO_CRD')
      .and.include('kubectl apply')
      .and.not.include('    at ');
  });

  it('says that its credentials are refused', async () => {
    const refused: Answer = (_, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"Unauthorized"}');
    };
    const operator = start({ KUBECONFIG: await kubeconfig(refused) });
    expect(await operator.ended).to.equal(1);
    expect(operator.errors()).to.include('MCPHUB_OPERATOR_UNREACHABLE').and.include('Unauthorized');
  });

  it('lives, is not ready, and ends with 0 at a signal while the API server does not answer', async () => {
    const operator = start({ KUBECONFIG: await kubeconfig((request) => request.resume()) });
    const { url } = await operator.logged('Metrics and probes are served');
    expect((await fetch(`${url}/livez`)).status).to.equal(200);
    expect((await fetch(`${url}/readyz`)).status).to.equal(503);
    expect(await (await fetch(`${url}/metrics`)).text()).to.include('controller_runtime_reconcile_total');
    operator.child.kill('SIGTERM');
    expect(await operator.ended).to.equal(0);
  });
});
