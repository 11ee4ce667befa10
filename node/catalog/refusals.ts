/** So many reasons are told, and so many names with each; a list may be wrong in any number of ways. */
const MAX_REASONS = 8;
const MAX_NAMES = 20;

/** The items of a list that nothing can be made of, by what is wrong with them. */
export class Refusals {
  readonly #byReason = new Map<string, string[]>();
  /** All of them. */
  count = 0;
  #unnamed = 0;

  /** @param reason the end of a sentence that begins with names */
  add(name: string, reason: string): void {
    this.count++;
    const names = this.#byReason.get(reason) ?? [];
    const isTold = names.length < MAX_NAMES && (names.length > 0 || this.#byReason.size < MAX_REASONS);
    if (isTold) this.#byReason.set(reason, [...names, `'${name}'`]);
    else this.#unnamed++;
  }

  /** Each reason with the names of those items. */
  sentences(method: string): string[] {
    const told = [...this.#byReason].map(([reason, names]) => `left out of ${method}, ${reason}: ${names.join(', ')}`);
    return this.#unnamed === 0 ? told : [...told, `${this.#unnamed} more items are left out of ${method}`];
  }
}
