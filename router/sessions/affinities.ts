import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
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
  /** Epoch milliseconds. */
  readonly createdAt: number;
  lastAccessed: number;
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
  values(): Iterable<Affinity>;
  /** Removes entries that were not used for `timeout` milliseconds. */
  expire(timeout: number, now?: number): void;
}

/** Entries move to the young end of the table at most this often, in milliseconds. */
const TOUCH_INTERVAL = 1_000;

/** Makes an empty table; when it is full, the entry that was not used for longest gives way. */
export function createAffinities(log: Logger, limit: number = ROUTER_DEFAULTS.maxAffinities): Affinities {
  const entries = new Map<string, Affinity>();
  const counts = new Map<string, number>();

  function remove(entry: Affinity): void {
    if (!entries.delete(entry.id)) return;
    const left = (counts.get(entry.tag) ?? 1) - 1;
    if (left === 0) counts.delete(entry.tag);
    else counts.set(entry.tag, left);
  }

  return {
    get size() {
      return entries.size;
    },
    use(id) {
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      const now = Date.now();
      if (now - entry.lastAccessed > TOUCH_INTERVAL) {
        entries.delete(id);
        entries.set(id, entry);
        entry.lastAccessed = now;
      }
      return entry;
    },
    get: (id) => entries.get(id),
    add({ id, inner, tag, target, principal }) {
      const known = entries.get(id);
      if (known !== undefined) remove(known);
      const now = Date.now();
      const entry: Affinity = {
        id,
        inner,
        tag,
        target,
        principal,
        createdAt: known?.createdAt ?? now,
        lastAccessed: now,
      };
      entries.set(id, entry);
      counts.set(tag, (counts.get(tag) ?? 0) + 1);
      if (entries.size > limit) {
        const [oldest] = entries.values();
        if (oldest !== undefined) remove(oldest);
      }
      return entry;
    },
    delete(id) {
      const entry = entries.get(id);
      if (entry !== undefined) remove(entry);
    },
    countOf: (tag) => counts.get(tag) ?? 0,
    values: () => entries.values(),
    expire(timeout, now = Date.now()) {
      for (const entry of entries.values()) {
        if (now - entry.lastAccessed <= timeout) break;
        remove(entry);
        log.info(`Removed expired session affinity: ${sessionHash(entry.id)}`);
      }
    },
  };
}

/** What stands for a session id in logs and listings: 12 hex digits of its SHA-256. */
export function sessionHash(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12);
}
