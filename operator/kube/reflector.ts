import { createBackoff } from './backoff.ts';
import { sleep, systemClock } from './clock.ts';
import type { Clock, KubeConnection, ListOptions, Log, Resource, Store } from './contract.ts';
import { limitOf } from './deadline.ts';
import { KubeError } from './errors.ts';
import { createStore, type WritableStore } from './store.ts';
import { trimMetadata } from './trim.ts';

/** All in milliseconds. */
export const REFLECTOR_TIMING = {
  /** After which the server is asked to end a watch; up to a tenth is added. */
  watchFor: 290_000,
  /** How much longer than asked a stream may last before it counts as dead. */
  grace: 30_000,
  /** Age of a list after which everything is listed again, in case an event was lost; up to a tenth is added. */
  relistAfter: 600_000,
  /** First and longest delay after a failure; half as much may be added. */
  firstDelay: 800,
  longestDelay: 30_000,
  /** A watch that lived this long ends a series of failures. */
  healthyAfter: 10_000,
} as const;

export interface ReflectorOptions {
  client: Pick<KubeConnection, 'list' | 'watch'>;
  resource: Resource;
  /** What to list and watch. Its `trim` runs after managedFields and the last-applied annotation were dropped. */
  select?: ListOptions;
  log: Log;
  clock?: Clock;
  /** From 0 to 1. */
  random?: () => number;
}

/** Keeps a store equal to what the API server has. */
export interface Reflector {
  readonly store: Store;
  /** Clock.monotonic() of the last sign of life: an attempt, an answer, an event. Undefined before `run`. */
  readonly lastActive: number | undefined;
  /** Lists and watches until the signal is aborted. Never rejects; call it once. */
  run(signal: AbortSignal): Promise<void>;
}

export function createReflector(options: ReflectorOptions): Reflector {
  const { resource, log, clock = systemClock } = options;
  const store = createStore(resource, log);
  const state = { lastActive: undefined as number | undefined };
  const alive = () => {
    state.lastActive = clock.monotonic();
  };
  const step = createStep(options, store, alive);
  return {
    store,
    get lastActive() {
      return state.lastActive;
    },
    async run(signal) {
      while (!signal.aborted) {
        alive();
        const delay = await step(signal);
        alive();
        if (delay > 0) await sleep(clock, delay, signal);
      }
    },
  };
}

/** One list, if it is due, and one watch. Resolves with the milliseconds to wait before the next. */
function createStep(options: ReflectorOptions, store: WritableStore, alive: () => void) {
  const { client, resource, log, clock = systemClock, random = Math.random } = options;
  const { firstDelay, longestDelay, healthyAfter, watchFor, grace, relistAfter } = REFLECTOR_TIMING;
  const backoff = createBackoff(firstDelay, longestDelay, random);
  const select = { ...options.select, trim: trimOf(options.select?.trim) };
  const jitter = (ms: number) => ms * (1 + random() / 10);
  /** Where the next watch begins; undefined: after a list. */
  let version: string | undefined;
  let relistAt = 0;
  /** A watch expires in the order of things, so the first time it is listed again at once. */
  let expired = false;

  async function list(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await client.list(resource, select, signal);
    if (!signal.aborted) store.replace(items);
    relistAt = clock.monotonic() + jitter(relistAfter);
    return resourceVersion;
  }

  async function watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const timeoutMs = Math.max(1000, Math.min(jitter(watchFor), relistAt - clock.monotonic()));
    const limit = limitOf(clock, `watch ${resource.plural}`, timeoutMs + grace, signal);
    const query = { ...select, resourceVersion, timeoutSeconds: timeoutMs / 1000 };
    try {
      for await (const { type, object } of client.watch(resource, query, limit.signal)) {
        if (signal.aborted) return;
        alive();
        version = object.metadata.resourceVersion;
        if (type === 'DELETED') store.remove(object);
        else if (type !== 'BOOKMARK') store.set(object);
      }
    } finally {
      limit.cancel();
    }
  }

  function delayAfter(error: unknown): number {
    const { status, reason, retryAfter } = error instanceof KubeError ? error : { status: 0, reason: '' };
    const gone = status === 410;
    if (gone || reason === 'Malformed') version = undefined;
    log[gone ? 'info' : 'warn']({ err: error, kind: resource.kind }, 'list or watch failed, trying again');
    if (gone && !expired) {
      expired = true;
      return 0;
    }
    return Math.max(retryAfter ?? 0, backoff.next());
  }

  return async (signal: AbortSignal): Promise<number> => {
    let openedAt = Number.POSITIVE_INFINITY;
    const lasted = () => clock.monotonic() - openedAt > healthyAfter;
    const recover = () => {
      if (!lasted()) return;
      backoff.reset();
      expired = false;
    };
    try {
      if (version === undefined || clock.monotonic() >= relistAt) version = await list(signal);
      openedAt = clock.monotonic();
      await watch(version, signal);
      recover();
      return lasted() ? 0 : backoff.next();
    } catch (error) {
      if (signal.aborted) return 0;
      recover();
      return delayAfter(error);
    }
  };
}

function trimOf(further: ListOptions['trim']): NonNullable<ListOptions['trim']> {
  return (object) => (further === undefined ? trimMetadata(object) : further(trimMetadata(object)));
}
