import { encodeClaim } from '../../cluster/claim.ts';
import { sessionKey } from '../../cluster/inner-id.ts';
import type { AdoptedReport } from '../../cluster/payload.ts';
import type { Session } from './session.ts';

/** Changes kept for coordinators that have heard of what came before; a longer history is told as a whole. */
const MAX_CHANGES = 10_000;

/** The sessions that this node holds and did not open, and what has changed since each coordinator heard of them. */
export class AdoptedSessions {
  readonly #claims = new Map<string, string>();
  /** Keys that came or went; the first one has the number `#first`. */
  #changes: string[] = [];
  #first = 0;

  /** The session is held, with its present epoch. */
  hold({ id, tag, epoch }: Session): void {
    const key = sessionKey(id);
    this.#claims.set(key, encodeClaim({ key, tag, epoch }));
    this.#note(key);
  }

  /** The session is not held any more. @returns whether it was one that this node did not open */
  drop({ id }: Session): boolean {
    const key = sessionKey(id);
    if (!this.#claims.delete(key)) return false;
    this.#note(key);
    return true;
  }

  /**
   * What a coordinator has to hear.
   * @param cursor what the last report returned; undefined when there was none
   */
  report(cursor: number | undefined): { report: AdoptedReport | undefined; cursor: number } {
    const end = this.#first + this.#changes.length;
    if (cursor === undefined || cursor < this.#first) {
      return { report: { full: true, add: [...this.#claims.values()], remove: [] }, cursor: end };
    }
    const keys = new Set(this.#changes.slice(cursor - this.#first));
    if (keys.size === 0) return { report: undefined, cursor: end };
    const add = [...keys].flatMap((key) => this.#claims.get(key) ?? []);
    return { report: { add, remove: [...keys].filter((key) => !this.#claims.has(key)) }, cursor: end };
  }

  #note(key: string): void {
    this.#changes.push(key);
    if (this.#changes.length <= MAX_CHANGES) return;
    const surplus = this.#changes.length - MAX_CHANGES / 2;
    this.#changes = this.#changes.slice(surplus);
    this.#first += surplus;
  }
}
