import { ANNOTATIONS } from '../api/names.ts';
import type { KubeObject } from '../kube/contract.ts';

/** What is kept of a Pod: its state and what the operator writes. A Pod of a hub has some 10 kB, this less than 2. */
export function trimPod(pod: KubeObject): KubeObject {
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    deletionTimestamp,
    labels,
    annotations = {},
  } = pod.metadata;
  const status = (pod.status ?? {}) as Record<string, unknown>;
  const own = [ANNOTATIONS.settingsRevision, ANNOTATIONS.deletionCost].flatMap((key) => {
    const value = annotations[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const kept = [
    'phase',
    'reason',
    'message',
    'podIP',
    'hostIP',
    'conditions',
    'initContainerStatuses',
    'containerStatuses',
  ];
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: {
      name,
      ...defined({ namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels }),
      annotations: Object.fromEntries(own),
    },
    status: Object.fromEntries(kept.filter((key) => key in status).map((key) => [key, status[key]])),
  };
}

/** What is kept of an object of which only its presence and its version matter. */
export function trimToIdentity({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, metadata: { name, ...defined({ namespace, uid, resourceVersion }) } };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
