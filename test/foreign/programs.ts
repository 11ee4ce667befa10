import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { needs } from '../support/needs.ts';

/** Programs of other SDKs. What they need comes by pip and by Go, once, into a folder outside of the repository. */

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = process.env.MCPHUB_TEST_CACHE ?? join(homedir(), '.cache', 'mcphub-tests');
/** Milliseconds for a download and a build on a busy machine. */
const PATIENCE = 480_000;

/** How a program is called: the command and its first arguments. */
export type Command = readonly [string, ...string[]];

/**
 * A program in `python/` with the packages of `requirements.txt`.
 * @throws when it cannot be had and must be; skips the suite elsewhere
 */
export async function pythonProgram(context: Context, file: string): Promise<Command> {
  context.timeout(PATIENCE);
  const requirements = join(HERE, 'python', 'requirements.txt');
  const folder = await prepared(`python-${digest([requirements])}`, async (into) => {
    await run('python3', ['-m', 'venv', into]);
    await run(join(into, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  });
  needs(context, folder !== undefined, 'python3 with venv, and packages by pip');
  return [join(folder ?? '', 'bin', 'python'), join(HERE, 'python', file)];
}

/**
 * The program in `go/`.
 * @throws when it cannot be built and must be; skips the suite elsewhere
 */
export async function goProgram(context: Context): Promise<Command> {
  context.timeout(PATIENCE);
  const source = join(HERE, 'go');
  const files = readdirSync(source).map((name) => join(source, name));
  const folder = await prepared(`go-${digest(files)}`, async (into) => {
    const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-buildvcs=false -mod=readonly' };
    await run('go', ['build', '-o', join(into, 'client'), '.'], { cwd: source, env });
  });
  needs(context, folder !== undefined, 'Go, and its modules');
  return [join(folder ?? '', 'client')];
}

/** Runs a program to its end. @returns what it printed, read as JSON */
export async function outcomeOf<T>([file, ...first]: Command, ...args: string[]): Promise<T> {
  const { stdout } = await run(file, [...first, ...args], { timeout: 60_000 });
  return JSON.parse(stdout) as T;
}

/**
 * A folder of the cache, made if it is not there. What is half made never gets its name; whoever is second takes what is there.
 * @returns undefined when it cannot be made
 */
async function prepared(name: string, make: (folder: string) => Promise<void>): Promise<string | undefined> {
  const folder = join(CACHE, name);
  if (existsSync(join(folder, 'ready'))) return join(folder, 'ready');
  try {
    await mkdir(folder, { recursive: true });
    // A virtual environment has its own path in its programs, so it is made where it stays: below a name of its own.
    const fresh = await mkdtemp(join(folder, 'made-'));
    await make(fresh).catch(async (error: unknown) => {
      await rm(fresh, { recursive: true, force: true });
      throw error;
    });
    await symlink(fresh, `${fresh}.link`);
    await rename(`${fresh}.link`, join(folder, 'ready'));
    return join(folder, 'ready');
  } catch (error) {
    process.stdout.write(`  NOTICE: ${name} could not be prepared: ${(error as Error).message.slice(0, 500)}\n`);
    return undefined;
  }
}

function digest(files: readonly string[]): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of [...files].sort()) if (statSync(file).isFile()) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
