import { systemClock } from './clock.ts';
import type { Clock } from './contract.ts';
import { KubeError } from './errors.ts';

/** A signal for something with a time limit. */
export interface Limit {
  readonly signal: AbortSignal;
  /** Forgets the time limit and the caller's signal, which may live as long as the process. */
  cancel(): void;
}

/**
 * A signal that is aborted with the caller's, or after `ms` milliseconds; its reason is a KubeError, `Aborted` or
 * `Timeout`.
 */
export function limitOf(clock: Clock, what: string, ms: number, parent: AbortSignal | undefined): Limit {
  const controller = new AbortController();
  const end = (reason: string, why: string) =>
    controller.abort(new KubeError(`${what}: ${why}`, { status: 0, reason }));
  const abort = () => end('Aborted', 'aborted');
  parent?.addEventListener('abort', abort);
  if (parent?.aborted) abort();
  const cancelTimer = clock.after(ms, () => end('Timeout', `no answer within ${Math.round(ms)} ms`));
  return {
    signal: controller.signal,
    cancel() {
      cancelTimer();
      parent?.removeEventListener('abort', abort);
    },
  };
}

/**
 * Runs something with a time limit, and ends it when the caller's signal does.
 * @param ms milliseconds
 * @throws KubeError `Timeout` or `Aborted`
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  parent: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = limitOf(systemClock, what, ms, parent);
  try {
    return await run(limit.signal);
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.cancel();
  }
}
