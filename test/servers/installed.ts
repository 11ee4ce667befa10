import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { prepared } from '../support/prepared.ts';
import type { RealServer } from './list.ts';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

type Install = (folder: string, packages: readonly string[]) => Promise<void>;

/** How a server is started, as an entry of `mcpServers`. */
export interface Command {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/**
 * Installs what is not there yet, once, into the user's cache: packages of npm without their install scripts, which want
 * to download, and those of PyPI in an environment of their own.
 * @returns a function that says how a server is started
 */
export async function installed(servers: readonly RealServer[]): Promise<(server: RealServer) => Command> {
  const npm = servers.flatMap(({ npm, short }) => (npm === undefined || short ? [] : [npm.package])).sort();
  const pypi = servers.flatMap(({ pypi }) => pypi?.package ?? []).sort();
  const packages = npm.length === 0 ? PROJECT : await folderOf('npm', npm, installNpm);
  const python = pypi.length === 0 ? '' : await folderOf('pypi', pypi, installPypi);
  return (server) => commandOf(server, server.short ? PROJECT : packages, python);
}

async function folderOf(kind: string, packages: readonly string[], install: Install): Promise<string> {
  const key = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 16);
  const folder = await prepared(`servers-${kind}-${key}`, (into) => install(into, packages));
  if (folder === undefined) throw new Error(`the servers from ${kind} cannot be installed: ${packages.join(', ')}`);
  return folder;
}

async function installNpm(folder: string, packages: readonly string[]): Promise<void> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: folder });
}

async function installPypi(folder: string, packages: readonly string[]): Promise<void> {
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', ...packages], { maxBuffer: 64 * 1024 * 1024 });
}

function commandOf({ npm, pypi, args = [], env = {} }: RealServer, packages: string, python: string): Command {
  if (pypi !== undefined) {
    return { command: join(python, 'bin', pypi.bin ?? pypi.package), args: [...args], env: { ...env } };
  }
  const folder = join(packages, 'node_modules', npm?.package ?? '');
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const file = typeof bin === 'string' ? bin : (bin[npm?.bin ?? ''] ?? Object.values(bin)[0]);
  return {
    command: process.execPath,
    args: [join(folder, file ?? ''), ...args],
    env: { PATH: pathWith(packages), ...env },
  };
}

/** Wrappers around programs of other languages start Node by its name. */
function pathWith(packages: string): string {
  return [dirname(process.execPath), join(packages, 'node_modules', '.bin'), process.env.PATH].join(':');
}
