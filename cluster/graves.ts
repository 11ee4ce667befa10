/** Ended sessions kept in memory, at about 100 bytes each. */
const MAX_GRAVES = 100_000;

/**
 * Keys of sessions that their clients ended. Members tell each other, so that no node re-creates one. When there are too
 * many, the oldest are forgotten; those are the likeliest to have passed `maxSessionAge`.
 */
export class Graves {
  readonly #keys = new Set<string>();
  /** In the order of burial; the first one has the number `#first`. */
  #order: string[] = [];
  #first = 0;
  readonly #limit: number;

  constructor(limit: number = MAX_GRAVES) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** @returns whether it is new */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    this.#order.push(key);
    if (this.#keys.size > this.#limit) this.#forgetOldest();
    return true;
  }

  /**
   * What was buried after `cursor`, at most `limit` keys.
   * @param cursor what the last call returned; 0 for all
   * @returns the keys, and the cursor behind them
   */
  since(cursor: number, limit: number): { keys: string[]; cursor: number } {
    const start = Math.max(0, cursor - this.#first);
    const keys = this.#order.slice(start, start + limit);
    return { keys, cursor: this.#first + start + keys.length };
  }

  /** Whether something was buried after `cursor`. */
  hasSince(cursor: number): boolean {
    return cursor < this.#first + this.#order.length;
  }

  /** A tenth at a time, so that forgetting costs little per burial. */
  #forgetOldest(): void {
    const count = Math.ceil(this.#limit / 10);
    for (const key of this.#order.slice(0, count)) this.#keys.delete(key);
    this.#order = this.#order.slice(count);
    this.#first += count;
  }
}
