import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from 'pino';

/**
 * Ends the process groups of this node's servers when the node dies in any way, SIGKILL included: grandchildren
 * (of npx, of shells) survive what the kernel does for direct children.
 */
export interface Guardian {
  /** From now on the group ends with this process. */
  add(pgid: number): void;
  /** The group is gone; its number may be used again by others. */
  remove(pgid: number): void;
  /** Ends the groups that are left and the guardian itself. */
  close(): Promise<void>;
}

/** Reads `+ pgid` and `- pgid`; at the end of its input, which is our death, it ends what is listed. */
const SCRIPT = `
trap '' INT TERM HUP
groups=
while read -r sign pgid; do
  rest=
  for group in $groups; do [ "$group" = "$pgid" ] || rest="$rest $group"; done
  groups=$rest
  [ "$sign" = + ] && groups="$groups $pgid"
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
for pause in 0.1 0.4 1 1; do
  left=
  for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && left="$left $group"; done
  [ -z "$left" ] && exit 0
  groups=$left
  sleep $pause || sleep 1
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

const NONE: Guardian = { add: () => {}, remove: () => {}, close: async () => {} };

/**
 * Starts the guardian: one `sh` in a session of its own, so that no signal to ours reaches it.
 * It does not keep this process alive.
 * @param onStart called with the process id of each shell
 */
export function createGuardian(log: Logger, onStart: (pid: number) => void = () => {}): Guardian {
  if (process.platform === 'win32') return NONE;
  const groups = new Set<number>();
  let closing = false;
  let shell: ChildProcess | undefined;

  function start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    child.on('error', (error) => log.warn({ reason: error.message }, 'Guardian could not be started'));
    child.on('exit', (code, signal) => {
      if (shell === child) shell = undefined;
      if (!closing) log.warn({ code, signal }, 'Guardian ended; it is started again with the next server');
    });
    child.stdin?.on('error', () => {});
    if (child.pid !== undefined) onStart(child.pid);
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    for (const group of groups) child.stdin?.write(`+ ${group}\n`);
    return child;
  }

  shell = start();
  return {
    add(pgid) {
      groups.add(pgid);
      if (shell === undefined) shell = start();
      else shell.stdin?.write(`+ ${pgid}\n`);
    },
    remove(pgid) {
      if (groups.delete(pgid)) shell?.stdin?.write(`- ${pgid}\n`);
    },
    async close() {
      closing = true;
      const child = shell;
      if (child === undefined || child.exitCode !== null) return;
      child.ref();
      const gone = once(child, 'exit');
      child.stdin?.end();
      await gone;
    },
  };
}
