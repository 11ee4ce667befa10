import { FIELD_MANAGER } from '../api/names.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/contract.ts';
import { KubeError } from '../kube/errors.ts';
import type { Manifest } from '../render/manifest.ts';

/** Holds the number of Pods between the apply that leaves it out and the first word of an autoscaler. */
export const REPLICAS_MANAGER = 'mcphub-operator-replicas';

type Writer = Pick<KubeClient, 'get' | 'apply' | 'mergePatch'>;

/**
 * Applies a manifest so that the object has it, whatever it was before.
 * @param live the object as it is; undefined where there is none
 * @returns the object as it is stored
 * @throws KubeError as the API server refuses it
 */
export async function writeManifest(
  client: Writer,
  resource: Resource,
  manifest: Manifest,
  live: KubeObject | undefined,
): Promise<KubeObject> {
  if (live !== undefined && leavesReplicas(manifest)) await keepReplicas(client, resource, manifest);
  try {
    return await client.apply(resource, manifest, FIELD_MANAGER);
  } catch (error) {
    const uid = live?.metadata.uid;
    if (uid === undefined || !(error instanceof KubeError && error.status === 422)) throw error;
    // An apply merges lists by their keys, and what somebody else wrote into one may not go together with ours, such as
    // a second port of the same name. A merge patch replaces lists.
    const { apiVersion: _, kind: __, metadata, ...fields } = manifest;
    await client.mergePatch(resource, metadata.namespace, metadata.name, { metadata: { uid }, ...fields });
    return client.apply(resource, manifest, FIELD_MANAGER);
  }
}

function leavesReplicas({ kind, spec }: Manifest): boolean {
  return kind === 'Deployment' && (spec as { replicas?: number } | undefined)?.replicas === undefined;
}

interface Managed {
  metadata: { managedFields?: { manager?: string; operation?: string; fieldsV1?: { 'f:spec'?: object } }[] };
  spec?: { replicas?: number };
}

/**
 * A field that its only applier leaves out is removed, and the default of a Deployment is one Pod. So another manager
 * applies the number that is there before we leave it out; the autoscaler takes it from that one.
 */
async function keepReplicas(
  client: Writer,
  resource: Resource,
  { metadata, apiVersion, kind }: Manifest,
): Promise<void> {
  const { namespace, name } = metadata;
  // Stores keep no managedFields.
  const object = (await client.get(resource, namespace, name)) as (KubeObject & Managed) | undefined;
  const replicas = object?.spec?.replicas;
  const ours = object?.metadata.managedFields?.some(
    ({ manager, operation, fieldsV1 }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && 'f:replicas' in (fieldsV1?.['f:spec'] ?? {}),
  );
  if (replicas === undefined || ours !== true) return;
  const kept = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
  await client.apply(resource, { ...kept, spec: { replicas } }, REPLICAS_MANAGER);
}
