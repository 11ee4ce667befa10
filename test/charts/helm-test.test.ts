import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { needsHelm, only, scenario } from './chart.ts';

const run = promisify(execFile);

describe('the Pod of helm test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-helm-test-'));
  const token = join(folder, 'token');
  let server: Server;
  let address: string;
  let ready: boolean;
  let resources: string[];
  let tokens: (string | undefined)[];
  let command: string[];

  before(async function () {
    needsHelm(this);
    const pod = only(await scenario('default'), 'Pod').spec as { containers: { command: string[]; args: string[] }[] };
    command = [...(pod.containers[0]?.command ?? []), ...(pod.containers[0]?.args ?? [])];
    writeFileSync(token, 'the-token\n');
    server = createServer((request, response) => {
      if (request.url === '/readyz') return response.writeHead(ready ? 200 : 503).end('no leader yet');
      tokens.push(request.headers.authorization);
      if (request.url !== '/apis/mcphub.io/v1alpha1') return response.writeHead(404).end();
      return response.end(JSON.stringify({ resources: resources.map((name) => ({ name })) }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    ready = true;
    resources = ['mcphubclusters', 'mcphubclusters/status', 'mcphubclusters/scale'];
    tokens = [];
  });

  after(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the very command of the Pod. */
  function runTest(): Promise<{ stdout: string; stderr: string }> {
    const [, ...args] = command;
    return run(process.execPath, args, {
      timeout: 15_000,
      env: { OPERATOR_URL: address, API_URL: address, TOKEN_FILE: token, PATIENCE_MS: '100' },
    });
  }

  async function failure(): Promise<string> {
    const error = await runTest().then(
      () => ({ stderr: 'it passed', code: 0 }),
      (reason: { stderr: string; code: number }) => reason,
    );
    expect(error.code).to.equal(1);
    return error.stderr;
  }

  it('passes when the operator is ready and the API is served', async () => {
    expect(command.slice(0, 2)).to.eql(['node', '-e']);
    const { stdout } = await runTest();
    expect(stdout.trim().split('\n')).to.eql(['ok: the operator is ready', 'ok: McpHubClusters are served']);
    expect(tokens).to.eql(['Bearer the-token']);
  });

  it('fails, and says what the operator answered, when it is not ready', async () => {
    ready = false;
    expect(await failure())
      .to.contain('the operator is ready')
      .and.contain('answered 503: no leader yet');
  });

  it('fails when the definition is an old one', async () => {
    resources = ['mcphubclusters', 'mcphubclusters/status'];
    expect(await failure()).to.contain('but not mcphubclusters/scale');
  });
});
