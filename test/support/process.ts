import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MCPHUB = fileURLToPath(new URL('../../bin/mcphub.ts', import.meta.url));
/** Marks a process and all that descend from it, however they detach themselves. */
const MARK = 'MCPHUB_TEST_PROCESS';

export type LogLine = Record<string, unknown> & { msg?: string };

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Those that run now; a test run that ends early takes them with it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

let count = 0;

/** A real `mcphub` process with its log. */
export class HubProcess {
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  readonly exited: Promise<Exit>;
  stderr = '';
  readonly #mark: string;
  readonly #lines = new EventEmitter<{ line: [LogLine] }>();

  /**
   * @param env all of its environment, beside PATH; nothing else is inherited
   * @param wrapper a command that becomes the program which follows it, such as `ip netns exec NAME`
   */
  constructor(
    env: Record<string, string>,
    args: readonly string[] = [],
    cwd: string = env.HOME ?? '/tmp',
    wrapper: readonly string[] = [],
  ) {
    count += 1;
    this.#mark = `${process.pid}-${count}`;
    this.#lines.setMaxListeners(0);
    // The channel ends the process when this one is killed hard.
    const [file = process.execPath, ...rest] = [...wrapper, process.execPath, MCPHUB, ...args];
    this.child = spawn(file, rest, {
      cwd,
      env: { PATH: process.env.PATH, [MARK]: this.#mark, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(this.child);
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      running.delete(this.child);
      this.#lines.emit('line', { msg: 'exited', code, signal });
      return { code, signal } as Exit;
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    createInterface({ input: this.child.stdout as NonNullable<ChildProcess['stdout']> }).on('line', (text) => {
      const line = parse(text);
      this.log.push(line);
      this.#lines.emit('line', line);
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /**
   * The first log line for which `wanted` is true, from the ones already written on.
   * @param from index of the first line to look at
   */
  async line(wanted: (line: LogLine) => boolean, from = 0, milliseconds = 15_000): Promise<LogLine> {
    const known = this.log.slice(from).find(wanted);
    if (known !== undefined) return known;
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        settle();
        reject(new Error(`${why}\n${this.tail()}`));
      };
      const timer = setTimeout(() => fail('the log line did not come'), milliseconds);
      const look = (line: LogLine) => {
        if (line.msg === 'exited') return fail('the process ended');
        if (!wanted(line)) return;
        settle();
        resolve(line);
      };
      const settle = () => {
        clearTimeout(timer);
        this.#lines.off('line', look);
      };
      this.#lines.on('line', look);
    });
  }

  /** The line with this message, written after now unless `from` says otherwise. */
  message(msg: string | RegExp, from = this.log.length): Promise<LogLine> {
    return this.line((line) => (typeof msg === 'string' ? line.msg === msg : msg.test(line.msg ?? '')), from);
  }

  /** Where it listens. */
  async listening(role: 'coordinator' | 'node'): Promise<string> {
    const line = await this.line((candidate) => candidate.msg === 'Listening' && candidate.role === role, 0, 30_000);
    return String(line.url);
  }

  /** Memory of the process in bytes, as the kernel counts it. */
  get rss(): number {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(match?.[1]) * 1024;
  }

  /** Largest memory in bytes since {@link resetPeak}. */
  get peakRss(): number {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(match?.[1]) * 1024;
  }

  resetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  /** The value of a metric of this process; 0 when it has none of that name. `name` may end in labels. */
  async metric(name: string): Promise<number> {
    const { url } = await this.message('Metrics and probes are served', 0);
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  /** The last log lines and what was written to stderr. */
  tail(): string {
    const lines = this.log.slice(-15).map((line) => JSON.stringify(line));
    return [...lines, this.stderr].join('\n');
  }

  /** Pids of what it started, directly or not, as far as they still run. */
  descendants(): number[] {
    return marked(this.#mark).filter((pid) => pid !== this.pid);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and waits for the end; SIGKILL when it does not come. */
  async kill(signal: NodeJS.Signals = 'SIGTERM', milliseconds = 15_000): Promise<Exit> {
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), milliseconds);
    const exit = await this.exited;
    clearTimeout(late);
    return exit;
  }

  /** Those that are left after the end, having had some time to end; they are killed, so that none stays. */
  async leftovers(milliseconds = 8_000): Promise<string[]> {
    const deadline = performance.now() + milliseconds;
    let left = marked(this.#mark);
    while (left.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      left = marked(this.#mark);
    }
    const names = left.map((pid) => `${pid} ${commandLine(pid)}`);
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone in the meantime.
      }
    }
    return names;
  }
}

/** Runs `mcphub` to its end. */
export async function runHub(
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<Exit & { process: HubProcess }> {
  const hub = new HubProcess(env, args);
  return { ...(await hub.exited), process: hub };
}

function marked(mark: string): number[] {
  if (process.platform !== 'linux') return [];
  const wanted = `${MARK}=${mark}`;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && environmentOf(pid).includes(wanted));
}

/** Empty for zombies and for what is gone. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text };
  }
}
