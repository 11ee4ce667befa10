import { delayOf } from './backoff.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './contract.ts';

/** Milliseconds: the delay after the first failure of a key, and the longest. */
const FIRST_DELAY = 5;
const LONGEST_DELAY = 300_000;

/** Told of what happens in a queue: for metrics. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  /** @param seconds from being added to being taken */
  taken(seconds: number): void;
  /** @param seconds from being taken to being done */
  finished(seconds: number): void;
}

export interface QueueOptions {
  clock?: Clock;
  /** From 0 to 1. */
  random?: () => number;
  observer?: QueueObserver;
}

/**
 * Keys to work on. A key is there once however often it is added; nobody gets a key that another still has; a key that
 * is added while somebody has it comes once more after that.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds after so many milliseconds. Of several times the first counts; an `add` before then replaces it. */
  addAfter(key: string, ms: number): void;
  /** Adds after a delay that doubles with each time, 5 ms to 5 min, until `forget`; not before `atLeast` ms. */
  addRateLimited(key: string, atLeast?: number): void;
  /** The next failure of the key is again its first. */
  forget(key: string): void;
  /** The next key; waits for one. Undefined after `shutDown`. Each key must be given back with `done`. */
  next(): Promise<string | undefined>;
  done(key: string): void;
  /** Nothing is added or handed out any more. */
  shutDown(): void;
  /** Keys that could be taken now. */
  readonly depth: number;
  /** Keys that somebody has. */
  readonly active: number;
  /** Milliseconds for which the oldest of those was had; 0 without one. */
  readonly longestActive: number;
}

export function createQueue({ clock = systemClock, random = Math.random, observer }: QueueOptions = {}): WorkQueue {
  /** Keys to hand out, in their order, with the time when they were added. */
  const ready = new Map<string, number>();
  /** Keys that somebody has, since when. */
  const processing = new Map<string, number>();
  /** Keys that were added while somebody has them, since when. */
  const again = new Map<string, number>();
  const delayed = new Map<string, { at: number; cancel: () => void }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let ended = false;

  function take(key: string, addedAt: number): string {
    processing.set(key, clock.monotonic());
    observer?.taken((clock.monotonic() - addedAt) / 1000);
    return key;
  }

  function add(key: string): void {
    if (ended) return;
    delayed.get(key)?.cancel();
    delayed.delete(key);
    if (ready.has(key) || again.has(key)) return;
    observer?.added();
    if (processing.has(key)) again.set(key, clock.monotonic());
    else offer(key, clock.monotonic());
  }

  function offer(key: string, addedAt: number): void {
    const taker = takers.shift();
    if (taker === undefined) ready.set(key, addedAt);
    else taker(take(key, addedAt));
  }

  function addAfter(key: string, ms: number): void {
    if (ms <= 0) return add(key);
    if (ended) return;
    const at = clock.monotonic() + ms;
    const planned = delayed.get(key);
    if (ready.has(key) || (planned !== undefined && planned.at <= at)) return;
    planned?.cancel();
    delayed.set(key, { at, cancel: clock.after(ms, () => add(key)) });
  }

  return {
    add,
    addAfter,
    addRateLimited(key, atLeast = 0) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      observer?.retried();
      addAfter(key, Math.max(atLeast, delayOf(failed, FIRST_DELAY, LONGEST_DELAY, random)));
    },
    forget: (key) => void failures.delete(key),
    async next() {
      if (ended) return undefined;
      for (const [key, addedAt] of ready) {
        ready.delete(key);
        return take(key, addedAt);
      }
      return new Promise((resolve) => takers.push(resolve));
    },
    done(key) {
      const takenAt = processing.get(key);
      if (takenAt === undefined) return;
      processing.delete(key);
      observer?.finished((clock.monotonic() - takenAt) / 1000);
      const addedAt = again.get(key);
      again.delete(key);
      if (addedAt !== undefined && !ended) offer(key, addedAt);
    },
    shutDown() {
      ended = true;
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      ready.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get depth() {
      return ready.size + again.size;
    },
    get active() {
      return processing.size;
    },
    get longestActive() {
      const [since] = processing.values();
      return since === undefined ? 0 : clock.monotonic() - since;
    },
  };
}
