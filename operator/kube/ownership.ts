import type { OwnerReference } from '../api/types.ts';
import type { KubeObject } from './contract.ts';

/** The owner that controls the object; at most one does. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}
