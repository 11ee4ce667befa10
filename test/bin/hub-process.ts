import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'bin/mcphub.ts');

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** A started `mcphub`, its output, and its end. */
export interface HubProcess {
  child: ChildProcess;
  pid: number;
  /** Standard output so far, line by line. */
  lines: string[];
  /** Everything on standard error so far. */
  errors(): string;
  /** Resolves with the first line that the test accepts, also one that came before; rejects when the process ends. */
  line(accepts: (line: string) => boolean): Promise<string>;
  /** The same for a log line with this `msg`. */
  logged(msg: string, accepts?: (line: LogLine) => boolean): Promise<LogLine>;
  /** Exit code, or signal. */
  ended: Promise<number | string>;
}

/** The environment of a test's hub: nothing of the developer's own, and free ports. */
export function hubEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(MCPHUB_|PORT$|HOST$|BASE_PATH$|LOG_LEVEL$)/.test(name),
  );
  return { ...Object.fromEntries(own), HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', ...more };
}

export interface HubOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What to run instead of the checkout's command line. */
  main?: string;
  ipc?: boolean;
}

/** Starts `mcphub` with arguments. The caller ends it, at the latest in `afterEach`. */
export function startHub(args: readonly string[], options: HubOptions = {}): HubProcess {
  const child = spawn(process.execPath, [options.main ?? MAIN, ...args], {
    cwd: options.cwd ?? ROOT,
    env: hubEnvironment(options.env),
    stdio: options.ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      for (const wake of [...waiting]) wake();
    });
  }
  // Not `close`, which never comes once the parent has closed an IPC channel; output is complete when its pipes end.
  const pipes = [child.stdout, child.stderr].map((pipe) => pipe && once(pipe, 'close'));
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    await Promise.all(pipes);
    return (code ?? signal) as number | string;
  });

  function line(accepts: (line: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = lines.find(accepts);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then((end) => reject(new Error(`ended (${end}) before:\n${lines.join('\n')}\n${errors}`)));
    });
  }

  return {
    child,
    pid: child.pid ?? 0,
    lines,
    errors: () => errors,
    line,
    async logged(msg, accepts = () => true) {
      const wanted = (text: string) => {
        const parsed = parseLine(text);
        return parsed?.msg === msg && accepts(parsed);
      };
      return parseLine(await line(wanted)) as LogLine;
    },
    ended,
  };
}

function parseLine(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

/** The process ids below a process, as /proc tells. */
export function descendants(pid: number): number[] {
  let children: number[];
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    children = text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Whether a process still runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until none of the processes runs. @returns those that still run after `limit` milliseconds */
export async function waitForEnd(pids: readonly number[], limit: number): Promise<number[]> {
  const deadline = Date.now() + limit;
  for (;;) {
    const left = pids.filter(isRunning);
    if (left.length === 0 || Date.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
