import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'chai';
import { type HubProcess, ROOT, startHub } from '../bin/hub-process.ts';
import { until } from '../support/until.ts';

const MEMBERS = ['coordinator', 'node-1', 'node-2'];

/** A port that is free now; the example's own may be taken. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('examples/manual', function () {
  this.timeout(90_000);
  let folder: string;
  const started: HubProcess[] = [];

  afterEach(async () => {
    for (const { child } of started) child.kill('SIGTERM');
    await Promise.all(started.splice(0).map(({ ended }) => ended));
    rmSync(folder, { recursive: true });
  });

  it('forms the cluster that its README describes, from its files as they are but for the port', async () => {
    folder = mkdtempSync(join(ROOT, 'node_modules/.mcphub-example-'));
    const memory = join(tmpdir(), `mcphub-example-${process.pid}.jsonl`);
    const port = await freePort();
    cpSync(join(ROOT, 'examples/manual'), folder, { recursive: true });
    for (const member of MEMBERS) {
      const path = join(folder, member, 'mcp_settings.json');
      const text = readFileSync(path, 'utf8').replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`);
      writeFileSync(path, text.replaceAll('/tmp/mcphub-example-memory.jsonl', memory));
    }
    const token = { MCPHUB_CLUSTER_TOKEN: 'choose-a-long-random-text' };
    for (const member of MEMBERS) {
      const env = { ...token, PORT: member === 'coordinator' ? String(port) : '0' };
      const hub = startHub([], { cwd: join(folder, member), env });
      started.push(hub);
      await hub.logged('Listening');
    }
    const coordinator = `http://127.0.0.1:${port}`;
    for (const target of ['everything', 'filesystem', 'memory']) await waitForServer(coordinator, target);

    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${coordinator}/mcp/everything`)));
    const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    await client.close();
    expect(JSON.stringify(result.content)).to.contain('Echo: hello');
    const replicas = await fetch(`${coordinator}/api/cluster/servers/everything/replicas`);
    const { data } = (await replicas.json()) as { data: { nodeId: string }[] };
    expect(data.map(({ nodeId }) => nodeId).toSorted()).to.eql(['node-1', 'node-2']);
    rmSync(memory, { force: true });
  });

  async function waitForServer(coordinator: string, server: string): Promise<void> {
    await until(async () => {
      const response = await fetch(`${coordinator}/api/cluster/servers/${server}/replicas`);
      const { data } = (await response.json()) as { data: unknown[] };
      return data.length >= (server === 'everything' ? 2 : 1);
    }, 60_000);
  }
});
