import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { ServerConfig } from '../../../settings/schema.ts';
import { call, Hosting, textOfOutcome } from '../../support/servers/hosting.ts';

const EVERYTHING = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const FIXTURE = fileURLToPath(new URL('../../support/fixture/stdio.ts', import.meta.url));

describe('servers of others', () => {
  let hosting: Hosting;
  let remote: ChildProcess | undefined;

  beforeEach(() => {
    hosting = new Hosting();
  });
  afterEach(async () => {
    await hosting.clean();
    const gone = remote === undefined ? undefined : once(remote, 'exit');
    remote?.kill('SIGKILL');
    await gone;
    remote = undefined;
  });

  /** Starts server-everything as a remote server. */
  async function everything(mode: string, path: string): Promise<string> {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port) };
    const child = spawn(process.execPath, [EVERYTHING, mode], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    remote = child;
    let said = '';
    while (!said.includes(String(port))) said += (await once(child.stderr, 'data')).toString();
    child.stderr.resume();
    return `http://127.0.0.1:${port}${path}`;
  }

  async function serves(config: ServerConfig): Promise<void> {
    const connection = await hosting.host(config).connection();
    expect(connection.server.serverInfo.name).to.equal('mcp-servers/everything');
    const listed = await connection.request('tools/list', {});
    expect('result' in listed && (listed.result.tools as unknown[]).length).to.be.above(5);
    const echoes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => call(connection, 'echo', { message: `${i}` })),
    );
    expect(echoes.map(textOfOutcome)).to.deep.equal(echoes.map((_, i) => `Echo: ${i}`));
    const progress: unknown[] = [];
    const long = { duration: 0.4, steps: 4 };
    const onProgress = (params: { progress: number }) => progress.push(params.progress);
    expect(textOfOutcome(await call(connection, 'trigger-long-running-operation', long, { onProgress }))).to.match(
      /completed/,
    );
    expect(progress).to.deep.equal([1, 2, 3, 4]);
  }

  it('are served over stdio', () => serves({ command: process.execPath, args: [EVERYTHING] }));

  it('are served over Streamable HTTP', async () => {
    await serves({ type: 'streamable-http', url: await everything('streamableHttp', '/mcp') });
  });

  it('are served over HTTP+SSE', async () => {
    await serves({ type: 'sse', url: await everything('sse', '/sse') });
  });

  it('are served when they are written with the second SDK', async () => {
    const connection = await hosting.host({ command: process.execPath, args: [FIXTURE] }).connection();
    expect(connection.server.protocolVersion).to.equal('2025-11-25');
    expect(
      await connection.request('completion/complete', {
        ref: { type: 'ref/prompt', name: 'x' },
        argument: { name: 'a', value: '' },
      }),
    ).to.have.nested.property('result.completion');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
