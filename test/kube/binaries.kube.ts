import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { outcomeOf } from '../support/outcome.ts';
import { canBuild } from './support/binaries.ts';
import { buildKey, buildOf } from './support/go-builds.ts';

const BUILD = fileURLToPath(new URL('./support/build.ts', import.meta.url));
const BINARIES = fileURLToPath(new URL('./support/binaries.ts', import.meta.url));

describe('programs of Kubernetes', function () {
  this.timeout(60_000);
  let cache: string;
  let programs: string;
  let goCache: string;

  before(function () {
    needs(this, canBuild(), 'Go to build a small program');
    // Else it would be in the folder of each test, and empty.
    goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
  });

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'mcphub-cache-'));
    programs = join(cache, 'mcphub-cluster', 'kube', buildKey(buildOf('pause')));
    mkdirSync(programs, { recursive: true });
  });

  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  it('are built once when two runs need them at the same time', async () => {
    const runs = await Promise.all([run([BUILD, 'pause']), run([BUILD, 'pause'])]);
    for (const { out } of runs) expect(out.trim()).to.equal(join(programs, 'pause'));
    const said = runs.map(({ errors }) => errors).join('');
    expect(said.match(/built pause/g), said).to.have.length(1);
    expect(readdirSync(programs), 'nothing else stays').to.eql(['pause']);
  });

  it('are built although a killed run left its lock', async () => {
    const ended = spawn('true');
    await once(ended, 'exit');
    writeFileSync(join(programs, 'lock'), String(ended.pid));
    expect((await run([BUILD, 'pause'])).code).to.equal(0);
    expect(readdirSync(programs)).to.eql(['pause']);
  });

  it('are taken from KUBEBUILDER_ASSETS when they are there, also without Go', async () => {
    const assets = join(cache, 'assets');
    mkdirSync(assets);
    writeFileSync(join(assets, 'etcd'), '');
    const script = `console.log(await (await import(${JSON.stringify(BINARIES)})).kubeBinary('etcd'));`;
    const { out } = await run(['--input-type=module', '-e', script], { PATH: '', KUBEBUILDER_ASSETS: assets });
    expect(out.trim()).to.equal(join(assets, 'etcd'));
  });

  for (const [CI, said] of [
    ['', /^ {2}NOTICE: not run here: this needs Go to build kubelet v1\.\d+\.\d+, or KUBEBUILDER_ASSETS.*\nskipped\n$/],
    ['true', /^failed: with CI=true this must run, and it needs Go to build kubelet/],
  ] as const) {
    it(`that cannot be had are ${CI ? 'a failure with CI=true' : 'a skip with a notice'}`, async () => {
      const script = `
        const { needsKube } = await import(${JSON.stringify(BINARIES)});
        const context = { skip: () => console.log('skipped'), timeout: () => {} };
        try { needsKube(context, 'kubelet'); } catch (error) { console.log('failed: ' + error.message); }`;
      const { out } = await run(['--input-type=module', '-e', script], { PATH: '', CI });
      expect(out).to.match(said);
    });
  }

  /** Runs Node with this test's cache. */
  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, GOCACHE: goCache, XDG_CACHE_HOME: cache, KUBEBUILDER_ASSETS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return outcomeOf(child);
  }
});
