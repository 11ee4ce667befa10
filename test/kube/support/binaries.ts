import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { needs } from '../../support/needs.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { locked } from './build-lock.ts';
import { buildKey, buildOf, type GoBuild, KUBERNETES_VERSION, type KubeBinary, MODULES } from './go-builds.ts';

export { helm, kubectl } from '../../support/kubectl-layer.ts';

/** Milliseconds between two lines that say that a build goes on. */
const PROGRESS = 30_000;
/** Milliseconds for everything that a suite may have to build: 15 minutes were seen on two cores that others used too. */
export const BUILD_TIME = 45 * 60_000;

/** Where programs that tests need are kept between runs, outside of any clone. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcphub-cluster', 'kube');
}

function folderOf(build: GoBuild): string {
  return join(cacheFolder(), buildKey(build));
}

/** Where a program is, with its data; undefined when it would have to be built. */
function found(name: KubeBinary): string | undefined {
  const build = buildOf(name);
  const data = build.data?.name;
  return [process.env.KUBEBUILDER_ASSETS, folderOf(build)]
    .filter((folder): folder is string => folder !== undefined && folder !== '')
    .filter((folder) => data === undefined || existsSync(join(folder, data)))
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Whether there is a Go that may build what go.mod asks for. */
export function canBuild(): boolean {
  return spawnSync('go', ['list', '-m'], { cwd: join(MODULES, 'kubernetes'), env: goEnvironment() }).status === 0;
}

/**
 * Skips a suite where programs of Kubernetes are neither there nor can be built, and with CI=true fails; else gives it
 * the time to build them.
 */
export function needsKube(context: Context, ...names: KubeBinary[]): void {
  const missing = names.filter((name) => found(name) === undefined);
  if (missing.length === 0) return;
  const go = `Go to build ${missing.join(', ')} ${KUBERNETES_VERSION}, or KUBEBUILDER_ASSETS with the programs`;
  needs(context, canBuild(), go);
  context.timeout(BUILD_TIME);
}

/**
 * Path of a program of Kubernetes: from KUBEBUILDER_ASSETS, else from the cache, else built with Go into the cache,
 * which takes minutes on a machine that never did.
 * @throws when it cannot be built, with what Go said
 */
export async function kubeBinary(name: KubeBinary): Promise<string> {
  const known = found(name);
  if (known !== undefined) return known;
  const build = buildOf(name);
  const folder = folderOf(build);
  mkdirSync(folder, { recursive: true });
  const programs = Object.keys(build.packages).join(', ');
  return locked(
    join(folder, 'lock'),
    (holder) => say(`${programs}: process ${holder} builds here, waiting`),
    () => found(name),
    async () => {
      const began = performance.now();
      say(`building ${programs}: minutes where the caches of Go are cold`);
      await make(build, folder);
      say(`built ${programs} in ${seconds(began)} s`);
      return join(folder, name);
    },
  );
}

/** Folder of the stages that let kwok play the life of nodes and Pods. */
export async function kwokStages(): Promise<string> {
  return join(await kubeBinary('kwok'), '..', 'kwok-stages');
}

/** Puts each program and its data in place by renaming, so that nobody ever sees half of one. */
async function make(build: GoBuild, folder: string): Promise<void> {
  const cwd = join(MODULES, build.module);
  const fresh = mkdtempSync(join(folder, 'fresh-'));
  try {
    const flags = ['-trimpath', `-ldflags=${['-s', '-w', ...(build.ldflags ?? [])].join(' ')}`];
    const packages = Object.entries(build.packages);
    const [first] = packages[0] as [string, string];
    const out = packages.length === 1 ? join(fresh, first) : `${fresh}/`;
    await go(cwd, ['build', ...flags, '-o', out, ...packages.map(([, path]) => path)]);
    if (build.data !== undefined) await copyData(build.data, cwd, fresh);
    // Data first: a program is taken as there when it is.
    const made = readdirSync(fresh).sort((a, b) => Number(a in build.packages) - Number(b in build.packages));
    for (const entry of made) {
      rmSync(join(folder, entry), { recursive: true, force: true });
      renameSync(join(fresh, entry), join(folder, entry));
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function copyData(data: NonNullable<GoBuild['data']>, cwd: string, fresh: string): Promise<void> {
  const source = (await go(cwd, ['list', '-m', '-f', '{{.Dir}}', data.module])).trim();
  const target = join(fresh, data.name);
  mkdirSync(target);
  for (const folder of data.folders) {
    const stages = readdirSync(join(source, folder)).filter((file) => /^(?!kustomization).*\.ya?ml$/.test(file));
    for (const file of stages) {
      const copy = join(target, `${folder.replaceAll('/', '-')}-${file}`);
      cpSync(join(source, folder, file), copy);
      // The cache of Go is read-only.
      chmodSync(copy, 0o644);
    }
  }
}

/**
 * Static programs run on any machine; an enclosing workspace or flags of the user must not change them. The compiler
 * collects its garbage less often, which saves it a sixth of its time.
 */
function goEnvironment(): NodeJS.ProcessEnv {
  const fixed = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-buildvcs=false -mod=readonly' };
  return { GOGC: '400', GOMEMLIMIT: '2GiB', ...process.env, ...fixed };
}

/** Runs Go and says every now and then that it goes on. @returns what it printed */
async function go(cwd: string, args: readonly string[]): Promise<string> {
  const began = performance.now();
  const child = spawn('go', args, { cwd, env: goEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const progress = setInterval(() => say(`go ${args[0]} in ${cwd} goes on, ${seconds(began)} s`), PROGRESS);
  try {
    const { code, out, errors } = await outcomeOf(child);
    if (code !== 0) throw new Error(`go ${args.join(' ')} in ${cwd} ended with ${code}:\n${errors.slice(-4_000)}`);
    return out;
  } finally {
    clearInterval(progress);
    process.off('exit', stop);
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(0);
}

function say(text: string): void {
  process.stderr.write(`kube: ${text}\n`);
}
