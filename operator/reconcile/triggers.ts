import { isDeepStrictEqual } from 'node:util';
import { ANNOTATIONS, API, LABELS } from '../api/names.ts';
import type { McpHubCluster } from '../api/types.ts';
import type { KubeObject, Store, StoreChange } from '../kube/contract.ts';
import { controllerOf } from '../kube/ownership.ts';
import { configMapsOf, secretsOf } from '../render/references.ts';
import { keyOf } from './subject.ts';

/** Kinds whose status a report or an address follows from. That of a HorizontalPodAutoscaler changes every 15 s. */
const STATUS_MATTERS = new Set(['Deployment', 'Service', 'Pod']);

/** The clusters that a change of a McpHubCluster is about: a new spec, a new wish, an end; not the status that we write. */
export function ofCluster({ object, previous }: StoreChange): string[] {
  const changed = object ?? previous;
  if (changed === undefined) return [];
  return isDeepStrictEqual(wishOf(object), wishOf(previous)) ? [] : [keyOf(changed)];
}

function wishOf(cluster: KubeObject | undefined): unknown {
  if (cluster === undefined) return undefined;
  const { uid, generation, deletionTimestamp, annotations } = cluster.metadata;
  return [uid, generation, deletionTimestamp, annotations?.[ANNOTATIONS.rotate]];
}

/** The clusters that an object belongs to, or belonged to. */
export function ofChild(change: StoreChange): string[] {
  const { object, previous } = change;
  if (object !== undefined && previous !== undefined && sameButForBookkeeping(object, previous)) return [];
  const owners = [object, previous].flatMap((child) => {
    const owner = child === undefined ? undefined : controllerOf(child);
    return owner?.kind === API.kind && owner.apiVersion === API.apiVersion
      ? keyOf({ metadata: { namespace: child?.metadata.namespace ?? '', name: owner.name } })
      : [];
  });
  return [...new Set(owners)];
}

/** The cluster of a Pod. */
export function ofPod({ object, previous }: StoreChange): string[] {
  if (object !== undefined && previous !== undefined && sameButForBookkeeping(object, previous)) return [];
  const metadata = (object ?? previous)?.metadata;
  const name = metadata?.labels?.[LABELS.cluster];
  return name === undefined ? [] : [keyOf({ metadata: { namespace: metadata?.namespace ?? '', name } })];
}

/** The clusters whose specs refer to a Secret or ConfigMap. */
export function ofReference(clusters: Store, { object, previous }: StoreChange): string[] {
  const changed = object ?? previous;
  if (changed === undefined) return [];
  const { namespace = '', name } = changed.metadata;
  const namesOf = changed.kind === 'Secret' ? secretsOf : configMapsOf;
  return clusters
    .list(namespace)
    .filter((cluster) => namesOf((cluster as unknown as McpHubCluster).spec ?? {}).includes(name))
    .map(keyOf);
}

function sameButForBookkeeping(a: KubeObject, b: KubeObject): boolean {
  return isDeepStrictEqual(essence(a), essence(b));
}

function essence(object: KubeObject): object {
  const { metadata, status, ...rest } = object;
  const { resourceVersion: _, ...kept } = metadata;
  return { ...rest, metadata: kept, ...(STATUS_MATTERS.has(object.kind) ? { status } : {}) };
}
