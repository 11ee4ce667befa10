/** Growing delays with jitter. */
export interface Backoff {
  /** Milliseconds to wait now; the next ones are longer. */
  next(): number;
  reset(): void;
}

/**
 * Doubles from `first` to `cap`, in milliseconds; each delay is that or up to half as long again, so that many clients
 * do not come back together.
 * @param random from 0 to 1
 */
export function createBackoff(first: number, cap: number, random: () => number = Math.random): Backoff {
  let failures = 0;
  return {
    next: () => delayOf(failures++, first, cap, random),
    reset() {
      failures = 0;
    },
  };
}

/** The delay after so many failures before, in milliseconds; at most 1.5 times `cap`. */
export function delayOf(failures: number, first: number, cap: number, random: () => number): number {
  return Math.min(cap, first * 2 ** Math.min(failures, 40)) * (1 + random() / 2);
}
