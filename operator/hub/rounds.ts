import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../kube/contract.ts';

export interface RoundsOptions<Target, Result> {
  /** Looks once. A rejection keeps the last result. */
  look: (target: Target) => Promise<Result>;
  /** Milliseconds until the next look. */
  interval: (result: Result | undefined) => number;
  /** Called after a first result and after each that differs from the one before. */
  onChange: (key: string) => void;
  onError: (key: string, error: unknown) => void;
  clock: Clock;
}

/** Looks at many things again and again, each at its own pace, and keeps what was seen last. */
export interface Rounds<Target, Result> {
  /** Goes on looking at `target`; at once if it is another one than before. */
  track(key: string, target: Target): void;
  /** What was seen last of the present target or an earlier one; undefined before the first look. */
  latest(key: string): Result | undefined;
  /** Looks now. @returns what it sees; undefined for an unknown key, or when it fails */
  refresh(key: string): Promise<Result | undefined>;
  /** Looks again within `ms` milliseconds. */
  soon(key: string, ms: number): void;
  forget(key: string): void;
  stop(): void;
}

interface Entry<Target, Result> {
  target: Target;
  result?: Result;
  running?: Promise<void> | undefined;
  cancel?: (() => void) | undefined;
  /** Clock time of the next look. */
  due?: number;
}

/** Spreads the looks of many keys, as a share of the interval. */
const JITTER = 0.1;

export function createRounds<Target, Result>(options: RoundsOptions<Target, Result>): Rounds<Target, Result> {
  const { clock } = options;
  const entries = new Map<string, Entry<Target, Result>>();

  function schedule(key: string, entry: Entry<Target, Result>, ms: number): void {
    entry.cancel?.();
    if (entries.get(key) !== entry) return;
    entry.due = clock.monotonic() + ms;
    entry.cancel = clock.after(ms, () => void look(key, entry));
  }

  async function lookOnce(key: string, entry: Entry<Target, Result>): Promise<void> {
    const { target } = entry;
    try {
      const result = await options.look(target);
      if (entries.get(key) !== entry) return;
      const changed = entry.result === undefined || !isDeepStrictEqual(entry.result, result);
      entry.result = result;
      if (changed) options.onChange(key);
    } catch (error) {
      options.onError(key, error);
    }
    entry.running = undefined;
    const pause = options.interval(entry.result) * (1 + JITTER * Math.random());
    schedule(key, entry, entry.target === target ? pause : 0);
  }

  function look(key: string, entry: Entry<Target, Result>): Promise<void> {
    entry.cancel?.();
    entry.running ??= lookOnce(key, entry);
    return entry.running;
  }

  return {
    track(key, target) {
      const known = entries.get(key);
      if (known !== undefined && isDeepStrictEqual(known.target, target)) return;
      const entry = known ?? { target };
      entry.target = target;
      entries.set(key, entry);
      void look(key, entry);
    },
    latest: (key) => entries.get(key)?.result,
    async refresh(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // One that is under way may have begun before what the caller wants to see.
      await entry.running;
      await look(key, entry);
      return entry.result;
    },
    soon(key, ms) {
      const entry = entries.get(key);
      if (entry === undefined || entry.running !== undefined) return;
      if (entry.due === undefined || entry.due > clock.monotonic() + ms) schedule(key, entry, ms);
    },
    forget(key) {
      entries.get(key)?.cancel?.();
      entries.delete(key);
    },
    stop() {
      for (const key of [...entries.keys()]) this.forget(key);
    },
  };
}
