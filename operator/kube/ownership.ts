import type { OwnerReference } from '../api/types.ts';
import type { KubeObject } from './contract.ts';

/** The owner that controls the object; at most one does. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Whether this very owner (by uid, not by name) controls the object. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return owner.metadata.uid !== undefined && controllerOf(object)?.uid === owner.metadata.uid;
}

/**
 * The reference by which an owner controls what it made: garbage collection then removes it with the owner.
 * @throws TypeError if the owner was not read from the API server
 */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined)
    throw new TypeError(`${owner.kind} ${name} has no uid: only an object of the API server can own`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}
