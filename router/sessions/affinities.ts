import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { readInnerId, sessionKey } from '../../cluster/inner-id.ts';
import { ROUTER_DEFAULTS } from '../config.ts';

/** A session that this coordinator has seen. Routing does not depend on it: the id says the same. */
export interface Affinity {
  /** The id as the client has it. */
  readonly id: string;
  /** The id as the node has it. */
  readonly inner: string;
  readonly tag: string;
  readonly target: string;
  readonly principal: string;
  /** See `sessionKey`; undefined when no node of ours made the id, so that the session cannot be re-created. */
  readonly key: string | undefined;
  /** Epoch milliseconds at which the session was opened, as its id says; meaningless without a key. */
  readonly bornAt: number;
  /** Epoch milliseconds, as the next one for people. */
  readonly createdAt: number;
  lastAccessed: number;
  /** When it was last used; of performance.now(). */
  usedAt: number;
}

/** The bounded table of sessions seen: it saves the check of the mac, and it is what the management API lists. */
export interface Affinities {
  readonly size: number;
  /** The entry of this id, marked as used. */
  use(id: string): Affinity | undefined;
  /** The entry of this id, for those who only look. */
  get(id: string): Affinity | undefined;
  add(entry: Pick<Affinity, 'id' | 'inner' | 'tag' | 'target' | 'principal'>): Affinity;
  delete(id: string): void;
  /** How many sessions of a node are in the table. */
  countOf(tag: string): number;
  /** Removes all, so that every id is checked anew. */
  clear(): void;
  values(): Iterable<Affinity>;
  /**
   * Removes entries that were not used for `timeout` milliseconds.
   * @param now of performance.now()
   */
  expire(timeout: number, now?: number): void;
}

/** Entries move to the young end of the table at most this often, in milliseconds. */
const TOUCH_INTERVAL = 1_000;

/** Makes an empty table; when it is full, those that were not used for longest give way. */
export function createAffinities(log: Logger, limit: number = ROUTER_DEFAULTS.maxAffinities): Affinities {
  const entries = new Map<string, Affinity>();
  const byTag = new Tally();

  function remove(entry: Affinity): void {
    if (!entries.delete(entry.id)) return;
    byTag.take(entry.tag);
  }

  /** Some at a time: the first entry of a map is found the slower the more were deleted before it. */
  function forgetOldest(): void {
    let left = Math.ceil(limit / 100);
    for (const entry of entries.values()) {
      if (left-- === 0) return;
      remove(entry);
    }
  }

  return {
    get size() {
      return entries.size;
    },
    use(id) {
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      const now = performance.now();
      if (now - entry.usedAt > TOUCH_INTERVAL) {
        entries.delete(id);
        entries.set(id, entry);
        entry.lastAccessed = Date.now();
        entry.usedAt = now;
      }
      return entry;
    },
    get: (id) => entries.get(id),
    add({ id, inner, tag, target, principal }) {
      const known = entries.get(id);
      if (known !== undefined) remove(known);
      const now = Date.now();
      const facts = readInnerId(inner);
      const entry: Affinity = {
        id,
        inner,
        tag,
        target,
        principal,
        key: facts === undefined ? undefined : sessionKey(inner),
        bornAt: facts?.createdAt ?? 0,
        createdAt: known?.createdAt ?? now,
        lastAccessed: now,
        usedAt: performance.now(),
      };
      entries.set(id, entry);
      byTag.add(tag);
      if (entries.size > limit) forgetOldest();
      return entry;
    },
    delete(id) {
      const entry = entries.get(id);
      if (entry !== undefined) remove(entry);
    },
    countOf: (tag) => byTag.of(tag),
    clear() {
      for (const entry of [...entries.values()]) remove(entry);
    },
    values: () => entries.values(),
    expire(timeout, now = performance.now()) {
      for (const entry of entries.values()) {
        if (now - entry.usedAt <= timeout) break;
        remove(entry);
        log.info(`Removed expired session affinity: ${sessionHash(entry.id)}`);
      }
    },
  };
}

/** Counts by name; a name that counts nothing takes no place. */
class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }

  take(name: string): void {
    const left = this.of(name) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
  }
}

/** What stands for a session id in logs and listings: 12 hex digits of its SHA-256. */
export function sessionHash(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12);
}
