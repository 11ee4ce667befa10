import { setImmediate as tick } from 'node:timers/promises';
import type { Clock } from '../../../operator/kube/contract.ts';

interface Timer {
  at: number;
  run: () => void;
}

/** Time that passes only when a test says so. */
export interface FakeClock extends Clock {
  /** Lets so many milliseconds pass; timers run in their order, with what follows from each before the next. */
  advance(ms: number): Promise<void>;
  /** Delays of the timers that wait now, ascending. */
  readonly pending: number[];
}

export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<Timer>();
  let elapsed = 0;
  const next = (until: number) =>
    [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after(ms, run) {
      const timer = { at: elapsed + Math.max(0, ms), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer);
        elapsed = Math.max(elapsed, timer.at);
        timer.run();
        await settle();
      }
      elapsed = until;
      await settle();
    },
    get pending() {
      return [...timers].map(({ at }) => at - elapsed).sort((one, other) => one - other);
    },
  };
}

/** Lets everything run that follows from what happened, as long as it needs no I/O. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await tick();
}
