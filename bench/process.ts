import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A child process that said where it listens. */
export interface ListeningProcess {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  /** Where it serves metrics and probes; undefined for what is no member of a cluster. */
  readonly opsUrl: string | undefined;
  /** Epoch milliseconds at which it listened, by its own log as far as it has one. */
  readonly listenedAt: number;
  /** SIGKILL. @returns when it is gone, and its sockets with it */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL when it is still there after `patience` milliseconds (default 10,000). */
  stop(patience?: number): Promise<void>;
}

export interface StartOptions {
  name: string;
  /** Arguments of node, the script first. */
  args: readonly string[];
  /** Added to PATH and HOME, which is all that is passed on of this process's own. */
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds until it must listen. */
  timeout?: number;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/**
 * Starts a script and waits for its JSON line with `msg` `Listening` and its `url`, as all servers here print it.
 * @throws Error with what it wrote to stderr when it ends, or stays silent, before that
 */
export async function startProcess(options: StartOptions): Promise<ListeningProcess> {
  const { name, args, env = {}, cwd, timeout = 20_000 } = options;
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [...args], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const words: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < 100) words.push(chunk.toString());
  });
  const signal = AbortSignal.timeout(timeout);
  const listening = await Promise.race([
    readLog(child),
    once(child, 'exit').then(() => fail(`${name} ended before it listened: ${words.join('')}`)),
    once(signal, 'abort').then(() => fail(`${name} did not listen within ${timeout} ms: ${words.join('')}`)),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    name,
    pid: child.pid ?? 0,
    ...listening,
    kill: () => stop(child, 0),
    stop: (patience) => stop(child, patience),
  };
}

function fail(message: string): never {
  throw new Error(message);
}

/** Reads the lines that a process writes. @returns what those up to `Listening` say */
function readLog(child: ChildProcess): Promise<Pick<ListeningProcess, 'url' | 'opsUrl' | 'listenedAt'>> {
  let opsUrl: string | undefined;
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    // The lines after it are read too: a full pipe would stop the child.
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"Metrics and probes are served"')) opsUrl = (JSON.parse(line) as { url: string }).url;
      if (!line.includes('"Listening"')) return;
      const { url, time } = JSON.parse(line) as { url?: string; time?: string };
      const listenedAt = time === undefined ? Date.now() : Date.parse(time);
      if (url !== undefined) resolve({ url, opsUrl, listenedAt });
    });
  });
}

async function stop(child: ChildProcess, patience = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(patience === 0 ? 'SIGKILL' : 'SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await ended;
  clearTimeout(timer);
}
