import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { hubEnvironment, ROOT } from './hub-process.ts';

const run = promisify(execFile);
const LAUNCHER = join(ROOT, 'bin/mcphub.mjs');
/** Makes a process take itself for an older one. */
const OLDER = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.0'}});Object.defineProperty(process,'version',{value:'v20.19.0'})",
)}`;

describe('mcphub in a clone', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcphub-clone-')));
    writeFileSync(join(folder, 'mcp_settings.json'), '{ "mcpServers": { "a": { "command": "x" } } }');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says in a sentence that this Node.js is too old for the sources, and what is not', async () => {
    const { code, stderr } = await run(process.execPath, ['--import', OLDER, LAUNCHER, 'demo']).then(
      () => expect.fail('it ran'),
      (error: { code: number; stderr: string }) => error,
    );
    expect(code).to.equal(1);
    expect(stderr).to.match(/^mcphub: needs Node\.js 24 or later, and this is v20\.19\.0; .*"npm run mcphub --".*\n$/);
  });

  it('runs from its sources by any newer one', async () => {
    const { stdout } = await run(process.execPath, [LAUNCHER, 'validate'], { cwd: folder, env: hubEnvironment() });
    expect(stdout).to.contain(`ok: ${folder}/mcp_settings.json: 1 server`);
  });

  it('runs by npm from another folder, and means the files of that folder', async () => {
    const args = ['--prefix', ROOT, 'run', '--silent', 'mcphub', '--', 'validate', 'mcp_settings.json'];
    const env = Object.entries(hubEnvironment()).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name));
    const { stdout } = await run('npm', args, { cwd: folder, env: Object.fromEntries(env) });
    expect(stdout).to.contain(`ok: ${folder}/mcp_settings.json: 1 server`);
  });
});
