import { settlesWithin } from './within.ts';

/**
 * The time that clients wait for something that is under way: one for all of them, counted from its begin. What failed has used its
 * time up, so that nobody waits again and again for what never works; once it has worked, all the time is there again.
 */
export class Patience {
  #since: number | undefined;
  /** Milliseconds that failed attempts have taken since the last one that worked. */
  #spent = 0;

  /** It begins, unless it is under way. */
  begin(): void {
    this.#since ??= performance.now();
  }

  /** A next step of what is under way begins, with a time of its own. */
  step(): void {
    this.#since = performance.now();
  }

  worked(): void {
    this.#since = undefined;
    this.#spent = 0;
  }

  failed(): void {
    this.#spent += this.#elapsed;
    this.#since = undefined;
  }

  /**
   * @param limit milliseconds in all
   * @returns milliseconds that are left to wait now; 0 or less when nobody waits any more
   */
  left(limit: number): number {
    return limit - this.#spent - this.#elapsed;
  }

  get #elapsed(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }
}

/**
 * Waits for a promise as long as there is patience, which may grow meanwhile.
 * @param left milliseconds, as {@link Patience.left} gives them
 * @returns whether it settled in time; its rejection is thrown
 */
export async function settlesWhilePatient(promise: Promise<unknown>, left: () => number): Promise<boolean> {
  for (let wait = left(); wait > 0; wait = left()) if (await settlesWithin(promise, wait)) return true;
  return false;
}
