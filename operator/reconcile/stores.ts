import { LABELS, MANAGED_BY } from '../api/names.ts';
import { sleep } from '../kube/clock.ts';
import type { Clock, KubeConnection, ListOptions, Log, Resource, Store, StoreChange } from '../kube/contract.ts';
import { createReflector, type Reflector } from '../kube/reflector.ts';
import { CLUSTERS, CONFIG_MAPS, OPTIONAL, PODS, RENDERED, SECRETS } from './kinds.ts';
import { ofChild, ofCluster, ofPod, ofReference } from './triggers.ts';
import { trimPod, trimToIdentity } from './trim.ts';
import { unionOf } from './union.ts';
import type { World } from './world.ts';

/** Milliseconds between two looks at whether the API server serves an optional kind. */
const SERVED_INTERVAL = 60_000;

export interface StoresOptions {
  client: KubeConnection;
  /** Those that are watched; empty means all. */
  namespaces: readonly string[];
  log: Log;
  clock: Clock;
  /** Called with the key of a cluster that may have something to do. */
  onTrigger: (key: string) => void;
}

/** Local copies of all that a reconciliation reads. */
export interface Stores extends Pick<World, 'clusters' | 'pods' | 'foreign' | 'children'> {
  /** Those that must be complete before anything is done. */
  readonly reflectors: readonly Reflector[];
  /** Keeps them up to date until the signal is aborted; call it once. */
  run(signal: AbortSignal): Promise<void>;
  /** Finds out which optional kinds are served now, and starts or ends their stores. Rejects when the API server does not say. */
  lookForOptional(signal: AbortSignal): Promise<void>;
}

interface Kept {
  store: Store;
  reflectors: Reflector[];
}

const OURS = `${LABELS.managedBy}=${MANAGED_BY}`;
const NOT_OURS = `${LABELS.managedBy}!=${MANAGED_BY}`;

export function createStores(options: StoresOptions): Stores {
  const { namespaces, clock, onTrigger, ...rest } = options;
  const where = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));

  function keep(resource: Resource, select: ListOptions, keysOf: (change: StoreChange) => string[]): Kept {
    const reflectors = where.map((scope) =>
      createReflector({ ...rest, clock, resource, select: { ...select, ...scope } }),
    );
    const store = unionOf(
      resource,
      reflectors.map((reflector) => reflector.store),
    );
    store.onChange((change) => {
      for (const key of keysOf(change)) onTrigger(key);
    });
    return { store, reflectors };
  }

  const clusters = keep(CLUSTERS, {}, ofCluster);
  const pods = keep(PODS, { labelSelector: OURS, trim: trimPod }, ofPod);
  const metadata = { labelSelector: NOT_OURS, metadataOnly: true, trim: trimToIdentity };
  const ofForeign = (change: StoreChange) => ofReference(clusters.store, change);
  const secrets = keep(SECRETS, metadata, ofForeign);
  const configMaps = keep(CONFIG_MAPS, metadata, ofForeign);
  const children = new Map(
    RENDERED.map((resource) => [resource.kind, keep(resource, { labelSelector: OURS }, ofChild)] as const),
  );
  const required = [clusters, pods, secrets, configMaps, ...children.values()].flatMap((kept) => kept.reflectors);
  const optional = createOptional(
    options,
    (resource) => keep(resource, { labelSelector: OURS }, ofChild),
    () => {
      for (const { metadata: found } of clusters.store.list()) onTrigger(`${found.namespace ?? ''}/${found.name}`);
    },
  );

  return {
    clusters: clusters.store,
    pods: pods.store,
    foreign: { secrets: secrets.store, configMaps: configMaps.store },
    children: (resource) => children.get(resource.kind)?.store ?? optional.store(resource),
    reflectors: required,
    lookForOptional: optional.look,
    async run(signal) {
      await Promise.all([...required.map((reflector) => reflector.run(signal)), optional.run(signal)]);
    },
  };
}

interface Running extends Kept {
  end: AbortController;
  ended: Promise<unknown>;
}

/** The stores of kinds that an API server may begin or cease to serve. */
function createOptional(
  { client, log, clock }: StoresOptions,
  keep: (resource: Resource) => Kept,
  onServed: () => void,
) {
  const running = new Map<string, Running>();

  function start(resource: Resource, signal: AbortSignal): void {
    const kept = keep(resource);
    const end = new AbortController();
    const limit = AbortSignal.any([signal, end.signal]);
    const ended = Promise.all(kept.reflectors.map((reflector) => reflector.run(limit)));
    running.set(resource.kind, { ...kept, end, ended });
    log.info({ kind: resource.kind }, 'The API server serves an optional kind');
  }

  function cease({ kind }: Resource): void {
    running.get(kind)?.end.abort();
    running.delete(kind);
    log.info({ kind }, 'The API server does not serve an optional kind any more');
  }

  async function look(signal: AbortSignal): Promise<void> {
    const served = await Promise.all(OPTIONAL.map((resource) => client.serves(resource)));
    if (signal.aborted) return;
    const changed = OPTIONAL.filter(({ kind }, index) => served[index] !== running.has(kind));
    for (const resource of changed) {
      if (running.has(resource.kind)) cease(resource);
      else start(resource, signal);
    }
    if (changed.length > 0) onServed();
  }

  return {
    look,
    // Also one that is not complete yet: its kind is served, and what is not in it is asked of the API server.
    store: ({ kind }: Resource): Store | undefined => running.get(kind)?.store,
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await sleep(clock, SERVED_INTERVAL, signal);
        if (signal.aborted) break;
        await look(signal).catch((err) => log.warn({ err }, 'Optional kinds could not be looked up'));
      }
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}
