import type { Clock } from './contract.ts';

/** Objects that are remembered at most; the oldest is forgotten, and may burst again. */
const REMEMBERED = 5000;

export interface RateOptions {
  /** How many at once. */
  burst: number;
  /** Milliseconds after which one more is allowed. */
  refill: number;
  clock: Clock;
}

/** A token bucket for each key. */
export function createRate({ burst, refill, clock }: RateOptions): { allows(key: string): boolean } {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    allows(key) {
      const now = clock.monotonic();
      const last = buckets.get(key) ?? { left: burst, at: now };
      const left = Math.min(burst, last.left + (now - last.at) / refill);
      buckets.delete(key);
      buckets.set(key, { left: left < 1 ? left : left - 1, at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > REMEMBERED && oldest !== undefined) buckets.delete(oldest);
      return left >= 1;
    },
  };
}
