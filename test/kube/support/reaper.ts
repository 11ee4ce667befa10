import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAbsolute } from 'node:path';

/**
 * A shell that reads pids, and when the pipe to it ends kills those and removes a folder. The pipe also ends when this
 * process is killed, so that nothing outlives it.
 */
const SCRIPT = `
while read -r word pid; do
  case $word in
    watch) pids="$pids $pid" ;;
    forget) left=; for known in $pids; do [ "$known" = "$pid" ] || left="$left $known"; done; pids=$left ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done
rm -rf "$0" || { sleep 1; rm -rf "$0"; }
`;

/** Ends processes and removes their folder when this process is done with them or is gone. */
export class Reaper {
  readonly #shell: ChildProcess;

  /** @param folder absolute path of what is removed in the end */
  constructor(folder: string) {
    if (!isAbsolute(folder)) throw new Error(`the folder to remove must be an absolute path, not ${folder}`);
    // A group of its own: an interrupt at the terminal must not end it before its work is done.
    this.#shell = spawn('sh', ['-c', SCRIPT, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#shell.unref();
    (this.#shell.stdin as { unref?: () => void } | null)?.unref?.();
  }

  /** Kills the process at the end; forgets it when it ends before, since its pid may then be another's. */
  watch(child: ChildProcess): void {
    this.#shell.stdin?.write(`watch ${child.pid}\n`);
    child.once('exit', () => {
      if (this.#shell.stdin?.writable === true) this.#shell.stdin.write(`forget ${child.pid}\n`);
    });
  }

  /** Kills and removes all now. */
  async reap(): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    const ended = once(this.#shell, 'exit');
    this.#shell.ref();
    this.#shell.stdin?.end();
    await ended;
  }
}
