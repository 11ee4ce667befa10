import type { HostTiming } from './config.ts';
import { textOf } from './errors.ts';

interface AttemptEvents<T> {
  /** One try; what it resolves with is handed to all who wait. */
  attempt(): Promise<T>;
  /** Before each attempt; `again` = by itself after a failure or loss. */
  onStart(again: boolean): void;
  onFailure(reason: string): void;
}

/** Tries until it succeeds, with delays that double and are spread out; callers join the attempt that runs. */
export class Attempts<T> {
  readonly #events: AttemptEvents<T>;
  readonly #timing: HostTiming;
  #running: Promise<T> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #nextAt = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(events: AttemptEvents<T>, timing: HostTiming) {
    this.#events = events;
    this.#timing = timing;
  }

  /** Joins the attempt that runs, or starts one now. A failure plans the next one. */
  run(again = false): Promise<T> {
    this.#running ??= this.#try(again).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Plans an attempt after the delay that is due. */
  schedule(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    const delay = restartDelay(this.#failures++, this.#timing);
    this.#nextAt = performance.now() + delay;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.run(true).catch(() => {});
    }, delay);
    this.#timer.unref();
  }

  /** After a success has proved to be one, delays start anew. */
  forgetFailures(): void {
    this.#failures = 0;
  }

  /** Milliseconds until the next attempt; undefined when none is planned. */
  get retryIn(): number | undefined {
    return this.#timer === undefined ? undefined : Math.max(0, this.#nextAt - performance.now());
  }

  /** Milliseconds since the last attempt began. */
  get age(): number {
    return performance.now() - this.#lastAt;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** No attempt starts any more; waits for the one that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running?.catch(() => {});
  }

  async #try(again: boolean): Promise<T> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastAt = performance.now();
    this.#events.onStart(again);
    try {
      return await this.#events.attempt();
    } catch (error) {
      this.#events.onFailure(textOf(error));
      this.schedule();
      throw error;
    }
  }
}

/** Milliseconds before the attempt after `failures` failures in a row, up to a quarter less so that servers spread. */
export function restartDelay(
  failures: number,
  timing: Pick<HostTiming, 'firstDelay' | 'maxDelay'>,
  random = Math.random(),
): number {
  const delay = Math.min(timing.maxDelay, timing.firstDelay * 2 ** Math.min(failures, 30));
  return delay * (1 - random / 4);
}
