import { createHash } from 'node:crypto';
import { systemClock } from './clock.ts';
import type { Clock, Events, KubeClient, KubeObject, Log, Resource } from './contract.ts';
import { KubeError } from './errors.ts';
import { createRate } from './rate.ts';

/** Of the core group: what `kubectl describe` shows, with its count. */
export const EVENTS: Resource = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Events of one object at once, and how often one more, in milliseconds: as client-go bounds them. */
const BURST = 25;
const REFILL = 300_000;
/** Longest message that the API server takes. */
const LONGEST_MESSAGE = 1024;

type Emitted = Parameters<Events['emit']>[1];

export interface EventsOptions {
  client: KubeClient;
  /** Who reports, such as `mcphub-operator`. */
  component: string;
  /** Which process of it, such as the Pod's name. */
  instance: string;
  log: Log;
  clock?: Clock;
}

/** Writes Events one after the other per object. What cannot be written is logged and given up. */
export function createEvents(
  options: EventsOptions,
): Events & { /** Resolves when all are written. */ flush(): Promise<void> } {
  const { log, clock = systemClock } = options;
  const rate = createRate({ burst: BURST, refill: REFILL, clock });
  /** The last write of each object, so that equal events count up in their order. */
  const writes = new Map<string, Promise<void>>();

  function enqueue(key: string, write: () => Promise<void>): void {
    const last = (writes.get(key) ?? Promise.resolve())
      .then(write)
      .catch((error) => log.warn({ err: error, object: key }, 'event not written'))
      .finally(() => {
        if (writes.get(key) === last) writes.delete(key);
      });
    writes.set(key, last);
  }

  return {
    emit(about, event) {
      const key = about.metadata.uid ?? `${about.kind}/${about.metadata.namespace ?? ''}/${about.metadata.name}`;
      if (!rate.allows(key)) return log.debug({ object: key, reason: event.reason }, 'event left out: too many');
      const manifest = manifestOf(about, event, options, clock.now());
      enqueue(key, () => write(options.client, manifest));
    },
    async flush() {
      while (writes.size > 0) await Promise.all(writes.values());
    },
  };
}

/** Creates the Event, or counts up the one of the same name, which may be of an earlier process. */
async function write(client: KubeClient, manifest: KubeObject & { lastTimestamp: string }): Promise<void> {
  const { namespace, name } = manifest.metadata;
  const { lastTimestamp } = manifest;
  try {
    await client.create(EVENTS, manifest);
  } catch (error) {
    if (!(error instanceof KubeError && error.reason === 'AlreadyExists')) throw error;
    // The answer tells the count, so that no right to read events is needed.
    const found = await client.mergePatch(EVENTS, namespace, name, { lastTimestamp });
    const count = typeof found?.count === 'number' ? found.count + 1 : 2;
    if (found !== undefined) await client.mergePatch(EVENTS, namespace, name, { count });
  }
}

function manifestOf(about: KubeObject, event: Emitted, options: EventsOptions, now: number) {
  const { component, instance } = options;
  const { uid, name, namespace, resourceVersion } = about.metadata;
  const message =
    event.message.length > LONGEST_MESSAGE ? `${event.message.slice(0, LONGEST_MESSAGE - 3)}...` : event.message;
  const identity = [component, about.kind, namespace, name, uid, event.type, event.reason, message];
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
  const timestamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // An Event of an object without a namespace belongs to `default`: that is where kubectl looks for it.
    metadata: { name: `${name}.${hash}`, namespace: namespace ?? 'default' },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion },
    type: event.type,
    reason: event.reason,
    message,
    count: 1,
    firstTimestamp: timestamp,
    lastTimestamp: timestamp,
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
  };
}
