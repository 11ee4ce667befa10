import type { KubeObject } from './contract.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Drops what takes half of an object's memory and no controller reads: `managedFields` and kubectl's copy of the manifest. */
export function trimMetadata(object: KubeObject): KubeObject {
  const metadata = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  delete metadata.managedFields;
  if (metadata.annotations !== undefined) delete metadata.annotations[LAST_APPLIED];
  return object;
}
