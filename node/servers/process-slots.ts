import { NodeError } from '../node-error.ts';

export interface ProcessLimits {
  processesPerNode: number;
  /** Milliseconds. */
  processQueueTimeout: number;
}

/** Gives a place back; calling it again does nothing. */
export type Release = () => void;

interface Waiter {
  grant: () => void;
}

/** The places for processes of stdio servers on this node, and the queue for them. */
export class ProcessSlots {
  readonly #limits: () => ProcessLimits;
  readonly #onRefused: () => void;
  readonly #queue = new Set<Waiter>();
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
  take(): Release {
    this.#running++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#running--;
      this.settle();
    };
  }

  /**
   * A place for a session's own process, in the order of asking.
   * @param signal the session ended
   * @throws NodeError MCPHUB_PROCESS_LIMIT after `processQueueTimeout`; the reason of the signal
   */
  wait(signal: AbortSignal): Promise<Release> {
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
        const { processesPerNode: limit } = this.#limits();
        const fields = { running: this.#running, limit, seconds: processQueueTimeout / 1000 };
        reject(new NodeError('MCPHUB_PROCESS_LIMIT', fields));
      };
      const waiter: Waiter = {
        grant: () => {
          leave();
          resolve(this.take());
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
      if (!this.#hasRoom()) return;
      waiter.grant();
    }
  }

  #hasRoom(): boolean {
    return this.#running < this.#limits().processesPerNode;
  }
}
