import { NodeError } from '../node-error.ts';

export interface ProcessLimits {
  processesPerNode: number;
  /** Part of `processesPerNode`. */
  sharePerPrincipal: number;
  /** Milliseconds. */
  processQueueTimeout: number;
}

/** Gives a place back; calling it again does nothing. */
export type Release = () => void;

interface Waiter {
  account: string;
  grant: () => void;
}

/** The places for processes of stdio servers on this node, and the queue for them. */
export class ProcessSlots {
  readonly #limits: () => ProcessLimits;
  readonly #onRefused: () => void;
  readonly #queue = new Set<Waiter>();
  /** Places that each account has. */
  readonly #taken = new Map<string, number>();
  #running = 0;

  /**
   * @param limits read anew each time, so that changed settings count
   * @param onRefused called for each process that got no place in time
   */
  constructor(limits: () => ProcessLimits, onRefused: () => void = () => {}) {
    this.#limits = limits;
    this.#onRefused = onRefused;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * A place for a process that all sessions share. It is there at once, also beyond the limit: without it no session could use
   * the server, while their own processes would take its place. A server has one at a time, so that the excess stays small.
   */
  take(onReleased: () => void = () => {}): Release {
    this.#running++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#running--;
      onReleased();
      this.settle();
    };
  }

  /**
   * A place for a session's own process, in the order of asking. One account never has more than its share, so that it cannot take
   * the places of all others; those who ask after it go first then.
   * @param signal the session ended
   * @param account whom the limits count; empty for nobody
   * @throws NodeError MCPHUB_PROCESS_LIMIT after `processQueueTimeout`; the reason of the signal
   */
  wait(signal: AbortSignal, account = ''): Promise<Release> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const { processQueueTimeout } = this.#limits();
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#queue.delete(waiter);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const onTimeout = () => {
        leave();
        this.#onRefused();
        const seconds = processQueueTimeout / 1000;
        const { processesPerNode: limit } = this.#limits();
        reject(
          this.#running < limit
            ? new NodeError('MCPHUB_PROCESS_SHARE', { limit: this.#share(), seconds })
            : new NodeError('MCPHUB_PROCESS_LIMIT', { running: this.#running, limit, seconds }),
        );
      };
      const waiter: Waiter = {
        account,
        grant: () => {
          leave();
          resolve(this.#takeFor(account));
        },
      };
      const timer = setTimeout(onTimeout, processQueueTimeout);
      timer.unref();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(waiter);
      this.settle();
    });
  }

  /** Lets in whoever has room now: a place became free, or the limit is another. */
  settle(): void {
    for (const waiter of this.#queue) {
      if (this.#running >= this.#limits().processesPerNode) return;
      if (waiter.account === '' || this.#of(waiter.account) < this.#share()) waiter.grant();
    }
  }

  #takeFor(account: string): Release {
    this.#taken.set(account, this.#of(account) + 1);
    return this.take(() => {
      const left = this.#of(account) - 1;
      if (left > 0) this.#taken.set(account, left);
      else this.#taken.delete(account);
    });
  }

  #of(account: string): number {
    return this.#taken.get(account) ?? 0;
  }

  #share(): number {
    const { processesPerNode, sharePerPrincipal } = this.#limits();
    return Math.max(1, Math.floor(processesPerNode * sharePerPrincipal));
  }
}
