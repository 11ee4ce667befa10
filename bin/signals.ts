import { EXIT } from './exit.ts';
import type { Logger } from './log.ts';

export interface Stoppable {
  stop(options: { graceful: boolean }): Promise<void>;
}

const PARENT_GONE = 'parent process is gone';

/**
 * Ends the process as its surroundings ask: the first SIGTERM or SIGINT drains and exits with 0, a second one exits at
 * once with 1. A process that was started with an IPC channel (as `mcphub demo` starts its members) also ends when the
 * other side of the channel is gone, so that a parent that is killed hard leaves nobody behind.
 */
export function stopOnSignals(running: Stoppable, log: Logger): void {
  let stopping = false;

  async function stop(why: string, graceful: boolean): Promise<void> {
    if (stopping) {
      log.warn({ why }, 'Exiting at once');
      process.exit(EXIT.failure);
    }
    stopping = true;
    log.info({ why }, graceful ? 'Draining' : 'Stopping');
    try {
      await running.stop({ graceful });
      process.exit(EXIT.ok);
    } catch (error) {
      log.error({ err: error }, 'Stopping failed');
      process.exit(EXIT.failure);
    }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, true));
  // false: there was a channel, and it was gone before this line; undefined: there was none.
  if (process.connected === false) void stop(PARENT_GONE, false);
  else if (process.connected) process.once('disconnect', () => void stop(PARENT_GONE, false));
}

/** Milliseconds that a process with a defect has to hand over what it holds. */
const LAST_CHANCE = 5_000;

/**
 * A defect that no boundary has kept must not leave a half-working process behind: it is logged as fatal, what runs drains for a
 * moment, so that its sessions and calls go on elsewhere, and the process exits with 1, which has Kubernetes start another one.
 * @param running what is to be stopped, as soon as there is something
 */
export function exitOnUncaught(log: Logger, running: () => Stoppable | undefined = () => undefined): void {
  const exit = () => process.exit(EXIT.failure);
  let ending = false;
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'Uncaught exception');
    const parts = running();
    if (ending || parts === undefined) return exit();
    ending = true;
    setTimeout(exit, LAST_CHANCE);
    Promise.resolve(parts.stop({ graceful: true })).then(exit, exit);
  });
}
