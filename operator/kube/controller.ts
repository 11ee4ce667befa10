import { randomUUID } from 'node:crypto';
import { sleep, systemClock } from './clock.ts';
import type { Clock, Log, Reconcile, ReconcileResult } from './contract.ts';
import { limitOf } from './deadline.ts';
import { KubeError, TerminalError } from './errors.ts';
import { withFields } from './log.ts';
import type { ControllerMetrics, FailureCause } from './metrics.ts';
import { createQueue, type WorkQueue } from './queue.ts';

export const CONTROLLER_DEFAULTS = {
  workers: 4,
  /** Milliseconds that one reconcile may take. */
  timeoutMs: 120_000,
  /** Milliseconds that reconciles may go on after the end was asked for. */
  drainMs: 10_000,
} as const;

export interface ControllerOptions {
  name: string;
  reconcile: Reconcile;
  log: Log;
  metrics?: ControllerMetrics;
  workers?: number;
  timeoutMs?: number;
  drainMs?: number;
  clock?: Clock;
  random?: () => number;
}

/** Works on keys, several at a time, and again after a delay where it failed. */
export interface Controller {
  readonly queue: WorkQueue;
  /** Works until the signal is aborted, then lets running reconciles finish. Never rejects; call it once. */
  run(signal: AbortSignal): Promise<void>;
}

export function createController(options: ControllerOptions): Controller {
  const { metrics, clock = systemClock, random = Math.random } = options;
  const { workers, drainMs } = { ...CONTROLLER_DEFAULTS, ...options };
  const queue = createQueue({ clock, random, ...(metrics === undefined ? {} : { observer: metrics.queue }) });
  metrics?.observe(queue, workers);
  const work = createWork(options, queue);

  async function serve(drained: AbortSignal): Promise<void> {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) await work(key, drained);
  }

  return {
    queue,
    async run(signal) {
      const drained = new AbortController();
      const finished = new AbortController();
      const stop = () => {
        queue.shutDown();
        void sleep(clock, drainMs, finished.signal).then(() => drained.abort());
      };
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      await Promise.all(Array.from({ length: workers }, () => serve(drained.signal)));
      signal.removeEventListener('abort', stop);
      finished.abort();
    },
  };
}

/** Reconciles one key and gives it back to the queue. Never rejects. */
function createWork(options: ControllerOptions, queue: WorkQueue) {
  const { name, reconcile, log, metrics, clock = systemClock } = options;
  const { timeoutMs } = { ...CONTROLLER_DEFAULTS, ...options };

  function settle(key: string, result: ReconcileResult): void {
    queue.forget(key);
    if (result.requeueAfter !== undefined) queue.addAfter(key, result.requeueAfter);
  }

  function failed(key: string, error: unknown, log: Log): void {
    if (error instanceof TerminalError) {
      queue.forget(key);
      return log.error({ err: error }, 'reconcile failed for good, waiting for a change');
    }
    const conflict = error instanceof KubeError && error.status === 409;
    const atLeast = error instanceof KubeError ? error.retryAfter : undefined;
    queue.addRateLimited(key, atLeast);
    if (conflict) log.debug({ err: error }, 'reconcile met a newer object, trying again');
    else log.error({ err: error }, 'reconcile failed, trying again');
  }

  return async (key: string, drained: AbortSignal): Promise<void> => {
    const own = withFields(log, { controller: name, key, reconcileId: randomUUID() });
    const limit = limitOf(clock, `reconcile ${key}`, timeoutMs, drained);
    const startedAt = clock.monotonic();
    const seconds = () => (clock.monotonic() - startedAt) / 1000;
    try {
      const result = await reconcile(key, limit.signal, own);
      metrics?.reconciled(result.requeueAfter === undefined ? 'success' : 'requeue_after', seconds());
      own.debug({ seconds: seconds(), ...result }, 'reconciled');
      queue.done(key);
      settle(key, result);
    } catch (error) {
      metrics?.failed(causeOf(error, limit.signal), seconds());
      queue.done(key);
      failed(key, error, own);
    } finally {
      limit.cancel();
    }
  };
}

function causeOf(error: unknown, signal: AbortSignal): FailureCause {
  if (signal.aborted && signal.reason instanceof KubeError && signal.reason.reason === 'Timeout') return 'timeout';
  if (error instanceof TerminalError) return 'terminal';
  if (error instanceof KubeError) return error.status === 409 ? 'conflict' : 'error';
  const defect = [TypeError, ReferenceError, RangeError, SyntaxError].some((type) => error instanceof type);
  return defect || !(error instanceof Error) ? 'panic' : 'error';
}
