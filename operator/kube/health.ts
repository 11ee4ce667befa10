import { systemClock } from './clock.ts';
import type { Clock } from './contract.ts';
import type { Reflector } from './reflector.ts';

/**
 * Milliseconds without a sign of life after which a reflector hangs. A watch may be silent for 290 s and a tenth, its
 * grace is 30 s; an API server that is away is no reason, since attempts count.
 */
const SILENT = 600_000;

/** The result of one check, by the name of what was checked. */
export interface Health {
  ok: boolean;
  /** What is wrong; empty if all is well. */
  failing: Record<string, string>;
}

/** What `/readyz` and `/livez` answer from. */
export interface ReflectorHealth {
  /** Whether every store has its first list. */
  ready(): Health;
  /** Whether every reflector that was started still tries. */
  live(): Health;
}

/** @param reflectors asked anew at each check, since there may be more of them later */
export function createReflectorHealth(
  reflectors: () => readonly Reflector[],
  clock: Clock = systemClock,
): ReflectorHealth {
  const check = (wrong: (reflector: Reflector) => string | undefined): Health => {
    const failing: Record<string, string> = {};
    for (const reflector of reflectors()) {
      const why = wrong(reflector);
      if (why !== undefined) failing[reflector.store.resource.plural] = why;
    }
    return { ok: Object.keys(failing).length === 0, failing };
  };
  return {
    ready: () => check(({ store }) => (store.synced ? undefined : 'not listed yet')),
    live: () =>
      check(({ lastActive }) => {
        const silent = lastActive === undefined ? 0 : clock.monotonic() - lastActive;
        return silent > SILENT ? `silent for ${Math.round(silent / 1000)} s` : undefined;
      }),
  };
}
