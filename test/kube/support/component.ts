import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reaper } from './reaper.ts';

/** Characters of a log that an error carries. */
const TAIL = 3_000;

/** A program of the control plane that runs, with its log in a file. */
export class Component {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(binary: string, args: readonly string[], folder: string, reaper: Reaper) {
    this.name = basename(binary);
    this.#log = join(folder, `${this.name}.log`);
    const log = openSync(this.#log, 'a');
    this.#child = spawn(binary, args, { cwd: folder, stdio: ['ignore', log, log] });
    closeSync(log);
    // A test run may end while it runs.
    this.#child.unref();
    this.#child.on('error', () => {});
    if (this.#child.pid !== undefined) reaper.watch(this.#child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get ended(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The last lines of its log. */
  tail(): string {
    return readFileSync(this.#log, 'utf8').slice(-TAIL);
  }

  /** Memory in bytes. */
  get rss(): number {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(match?.[1]) * 1024;
  }

  /**
   * Resolves when `condition` holds.
   * @param what completes "NAME: ... "
   * @throws with the end of the log when the program ends, or when it takes more than `within` milliseconds
   */
  async ready(what: string, condition: () => Promise<boolean>, within = 60_000): Promise<void> {
    const deadline = performance.now() + within;
    while (!(await condition())) {
      const why = this.ended ? 'it ended' : performance.now() > deadline ? `not within ${within} ms` : undefined;
      if (why !== undefined) throw new Error(`${this.name}: ${what}: ${why}\n${this.tail()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Kills it at once and waits for its end. */
  async kill(): Promise<void> {
    if (this.ended) return;
    const exit = once(this.#child, 'exit');
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await exit;
  }
}
