import { DEFAULT_POOL, LABELS } from '../api/names.ts';
import type { KubeObject, Store } from '../kube/contract.ts';

/** A Pod of a cluster, as far as the reconciler cares. */
export interface Member {
  name: string;
  uid: string;
  namespace: string;
  /** `coordinator`, or the name of a pool. */
  role: string;
  annotations: Record<string, string>;
  ip?: string;
  /** Its processes run, so they have settings. */
  running: boolean;
  ready: boolean;
  /** It is being deleted. */
  leaving: boolean;
}

export const COORDINATOR_ROLE = 'coordinator';

interface PodStatus {
  phase?: string;
  podIP?: string;
  conditions?: { type: string; status: string }[];
  containerStatuses?: { state?: { running?: unknown } }[];
}

/** The Pods of a cluster, by name. */
export function podsOf(pods: Store, namespace: string, cluster: string): KubeObject[] {
  return pods
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.[LABELS.cluster] === cluster && roleOf(metadata.labels) !== undefined)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

export function memberOf(pod: KubeObject): Member {
  const { metadata } = pod;
  const status = (pod.status ?? {}) as PodStatus;
  const containers = status.containerStatuses ?? [];
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    role: roleOf(metadata.labels ?? {}) ?? DEFAULT_POOL,
    annotations: metadata.annotations ?? {},
    ...(status.podIP === undefined ? {} : { ip: status.podIP }),
    running: status.phase === 'Running' && containers.some(({ state }) => state?.running !== undefined),
    ready: status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    leaving: metadata.deletionTimestamp !== undefined,
  };
}

/** Of a Pod or a Deployment, by its labels; undefined for what is none of ours. */
export function roleOf(labels: Record<string, string> | undefined): string | undefined {
  const component = labels?.[LABELS.component];
  if (component === 'coordinator') return COORDINATOR_ROLE;
  return component === 'node' ? (labels?.[LABELS.pool] ?? DEFAULT_POOL) : undefined;
}
