import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { needs } from '../support/needs.ts';
import { prepared } from '../support/prepared.ts';

/** Programs of other SDKs. What they need comes by pip and by Go, once, into a folder outside of the repository. */

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
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

function digest(files: readonly string[]): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of [...files].sort()) if (statSync(file).isFile()) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
