import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/**
 * Where a command is, found as execvp(3) would find it, so that a missing one is told apart from one that fails.
 * @param path the value of PATH in the child's environment
 * @returns undefined when there is no such executable file
 */
export async function findCommand(command: string, path: string | undefined, cwd: string): Promise<string | undefined> {
  if (process.platform === 'win32') return command;
  const candidates = command.includes('/')
    ? [resolve(cwd, command)]
    : (path ?? '/usr/bin:/bin').split(delimiter).map((folder) => join(resolve(cwd, folder), command));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  return undefined;
}

export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

let parentDeathSignal: Promise<string | undefined> | undefined;

/**
 * The program that makes the kernel kill a child when this process dies in any way, where the platform has one:
 * `setpriv` of util-linux (that of BusyBox lacks the option). Looked for once.
 */
export function findSetpriv(): Promise<string | undefined> {
  parentDeathSignal ??= probeSetpriv();
  return parentDeathSignal;
}

async function probeSetpriv(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const path = await findCommand('setpriv', `${process.env.PATH ?? ''}:/usr/bin:/bin`, '/');
  if (path === undefined) return undefined;
  return new Promise((resolvePath) => {
    execFile(path, [...PDEATHSIG, 'true'], { timeout: 5_000 }, (error) => resolvePath(error ? undefined : path));
  });
}

/** Arguments of `setpriv` in front of the command. */
export const PDEATHSIG = ['--pdeathsig', 'KILL', '--'] as const;
