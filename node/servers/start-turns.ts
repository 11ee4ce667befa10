import { setTimeout as sleep } from 'node:timers/promises';
import { SERVERS } from './config.ts';
import { cpuOf } from './cpu.ts';

/** The right to start a process while others wait. */
export interface Turn {
  /** The process has begun: the turn ends by itself once it works no more, or has had its time. */
  watch(pid: number): void;
  /** It is up, or will never be. Calling it again does nothing. */
  end(): void;
}

interface Waiter {
  isAwaited: () => boolean;
  grant: () => void;
}

/**
 * Starts take turns, since each takes all the processor that it gets: together none would be up in time, and the hub itself would
 * not be heard. One that waits for something else than the processor does not hold up the others.
 */
export class StartTurns {
  readonly #limit: () => number;
  readonly #queue = new Set<Waiter>();
  #running = 0;

  /** @param limit of starts at once; read anew each time, so that changed settings count */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * @param isAwaited a client waits for the start, which goes before those for which none does; looked at whenever a turn is free
   * @param signal gives up waiting
   * @throws the reason of the signal
   */
  wait(isAwaited: () => boolean, signal: AbortSignal): Promise<Turn> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        isAwaited,
        grant: () => {
          leave();
          resolve(this.#begin());
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(waiter);
      this.settle();
    });
  }

  /** Lets begin whoever may now: a turn has ended, or the limit is another. */
  settle(): void {
    while (this.#queue.size > 0 && this.#running < this.#limit()) {
      const waiting = [...this.#queue];
      (waiting.find(({ isAwaited }) => isAwaited()) ?? waiting[0])?.grant();
    }
  }

  #begin(): Turn {
    this.#running++;
    const over = new AbortController();
    const end = () => {
      if (over.signal.aborted) return;
      over.abort();
      this.#running--;
      this.settle();
    };
    return { end, watch: (pid) => void atRest(pid, over.signal).then(end) };
  }
}

/** Resolves when a process and its descendants have not worked for a while, or have had the time of a turn. */
async function atRest(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SERVERS.turn;
  let worked = { at: performance.now(), ticks: 0 };
  while (!signal.aborted && performance.now() < deadline && performance.now() - worked.at < SERVERS.turnRest) {
    await sleep(SERVERS.turnLook, undefined, { signal, ref: false }).catch(() => undefined);
    const cpu = await cpuOf(pid);
    // Where nobody says what a process uses, it has the whole time.
    if (cpu === undefined || cpu.wantsMore || cpu.ticks > worked.ticks + SERVERS.restTicks) {
      worked = { at: performance.now(), ticks: cpu?.ticks ?? 0 };
    }
  }
}
