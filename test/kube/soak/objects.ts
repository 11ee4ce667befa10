import { apiVersionOf, collectionPath } from '../../../operator/kube/address.ts';
import type { KubeObject, Resource } from '../../../operator/kube/contract.ts';
import type { Place } from './place.ts';

/** All objects of these kinds in the namespace. */
export async function readObjects({ plane, namespace }: Place, resources: readonly Resource[]): Promise<KubeObject[]> {
  const lists = await Promise.all(
    resources.map(async (resource) => {
      const { items } = (await plane.api.ok('GET', collectionPath(resource, namespace))) as { items: KubeObject[] };
      // Items of a list have neither.
      return items.map((item) => ({ ...item, kind: resource.kind, apiVersion: apiVersionOf(resource) }));
    }),
  );
  return lists.flat();
}
