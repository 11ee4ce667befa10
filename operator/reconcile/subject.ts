import type { McpHubCluster } from '../api/types.ts';
import type { Store } from '../kube/contract.ts';
import type { Subject } from './world.ts';

/**
 * The cluster of a key, as the store has it.
 * @param key `namespace/name`
 * @returns undefined for one that is gone
 */
export function subjectOf(clusters: Store, key: string): Subject | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const object = clusters.get(namespace, name);
  if (object?.metadata.uid === undefined) return undefined;
  const cluster = object as unknown as McpHubCluster;
  return { key, namespace, name, uid: object.metadata.uid, cluster: { ...cluster, spec: cluster.spec ?? {} } };
}

/** The key of a cluster. */
export function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
