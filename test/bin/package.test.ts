import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'chai';
import { type HubProcess, ROOT, startHub } from './hub-process.ts';

const run = promisify(execFile);

describe('the published package', function () {
  this.timeout(180_000);
  let folder: string;
  let installed: string;
  let hub: HubProcess | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-package-'));
    // Built beside the checkout's own dist/, which others may be using.
    const dist = join(folder, 'package');
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(dist, 'dist')]);
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    delete manifest.scripts;
    delete manifest.devDependencies;
    writeFileSync(join(dist, 'package.json'), JSON.stringify(manifest));
    await run('cp', [
      '-r',
      ...['examples', 'docs', 'README.md', 'LICENSE', 'CHANGELOG.md'].map((name) => join(ROOT, name)),
      dist,
    ]);
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: dist });
    const tarball = join(folder, JSON.parse(stdout)[0].filename);
    const args = ['install', '--global', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund', tarball];
    await run('npm', args, { cwd: folder });
    installed = join(folder, 'lib/node_modules/mcphub-cluster');
  });
  afterEach(async () => {
    hub?.child.kill('SIGKILL');
    await hub?.ended;
    hub = undefined;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('puts mcphub on the path', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { stdout } = await run(join(folder, 'bin/mcphub'), ['--version']);
    expect(stdout).to.equal(`${version}\n`);
  });

  it('has types and documents, and neither tests nor TypeScript sources', async () => {
    const { stdout } = await run('find', [installed, '-name', 'node_modules', '-prune', '-o', '-type', 'f', '-print']);
    const files = stdout.split('\n').map((path) => path.slice(installed.length + 1));
    expect(files).to.include.members(['dist/router/coordinator.d.ts', 'LICENSE', 'README.md', 'docs/errors.md']);
    expect(
      files.filter((path) => /^(test|bench)\//.test(path) || (/\.ts$/.test(path) && !/\.d\.ts$/.test(path))),
    ).to.eql([]);
  });

  it('starts alone with one server, which an MCP client calls', async () => {
    const server = join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
    const settings = { mcpServers: { everything: { command: process.execPath, args: [server] } } };
    writeFileSync(join(folder, 'mcp_settings.json'), JSON.stringify(settings));
    hub = startHub([], { cwd: folder, main: join(folder, 'bin/mcphub') });
    const { url } = await hub.logged('Listening', ({ role }) => role === 'coordinator');
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const result = await client.callTool({ name: 'everything-echo', arguments: { message: 'hello' } });
    await client.close();
    expect(JSON.stringify(result.content)).to.contain('Echo: hello');
  });
});
