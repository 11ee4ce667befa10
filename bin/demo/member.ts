import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ExitError } from '../exit.ts';

/** The entry point beside this build: `.ts` in a checkout, `.js` when installed. */
const MAIN = fileURLToPath(new URL(`../mcphub${extname(import.meta.url)}`, import.meta.url));

export interface DemoMember {
  readonly name: string;
  readonly pid: number | undefined;
  /** Where it serves MCP. */
  readonly url: string;
  /** Settles once the process has ended, with a few words on how. */
  readonly ended: Promise<string>;
  /** SIGTERM, so that it drains; SIGKILL when it is not gone after `patience` milliseconds. */
  stop(patience: number): Promise<void>;
}

/**
 * Starts one member of the demo as its own process and waits until it listens. It has its own process group, so that
 * Ctrl-C reaches only the demo, and an IPC channel, whose end tells it that the demo is gone.
 * @param log the file for its log
 * @throws ExitError with its last words when it ends before it listens
 */
export async function startDemoMember(name: string, env: NodeJS.ProcessEnv, log: string): Promise<DemoMember> {
  const child = spawn(process.execPath, [MAIN], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const file = createWriteStream(log, { flags: 'a' });
  const lastWords: string[] = [];
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  void ended.then(() => file.end());
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords.push(chunk.toString());
    if (!file.writableEnded) file.write(chunk);
  });
  const url = await Promise.race([
    listening(child, (line) => {
      if (!file.writableEnded) file.write(`${line}\n`);
    }),
    ended.then((how) => {
      throw new ExitError(`${name} did not start (${how}): ${lastWords.join('').trim() || `see ${log}`}`);
    }),
  ]);
  return { name, pid: child.pid, url, ended, stop: (patience) => stopChild(child, ended, patience) };
}

/** The address in the `Listening` line of the child's log; every line goes to `onLine`. */
function listening(child: ChildProcess, onLine: (line: string) => void): Promise<string> {
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      onLine(line);
      if (!line.includes('"Listening"')) return;
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
      if (msg === 'Listening' && url !== undefined) resolve(url);
    });
  });
}

async function stopChild(child: ChildProcess, ended: Promise<string>, patience: number): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await ended;
  clearTimeout(timer);
}
