import { objectNames } from '../api/names.ts';
import type { KubeObject } from '../kube/contract.ts';
import { KubeError } from '../kube/errors.ts';
import { MADE } from './kinds.ts';
import type { Trouble } from './report/facts.ts';
import type { Subject, World } from './world.ts';

/** What is not rendered any more, of what a cluster controls. */
export function surplus(
  owned: readonly KubeObject[],
  rendered: readonly Pick<KubeObject, 'kind' | 'metadata'>[],
  cluster: string,
): KubeObject[] {
  const wanted = new Set(rendered.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  // Made once and not rendered.
  wanted.add(`Secret/${objectNames(cluster).cluster}`);
  return owned.filter(
    ({ kind, metadata }) => metadata.deletionTimestamp === undefined && !wanted.has(`${kind}/${metadata.name}`),
  );
}

/** Deletes it. @returns what the API server refuses to delete */
export async function prune(
  world: Pick<World, 'client' | 'children' | 'log'>,
  subject: Subject,
  rendered: readonly Pick<KubeObject, 'kind' | 'metadata'>[],
): Promise<Trouble[]> {
  const troubles: Trouble[] = [];
  for (const resource of MADE) {
    const owned = world.children(resource)?.ownedBy(subject.uid) ?? [];
    for (const { kind, metadata } of surplus(owned, rendered, subject.name)) {
      try {
        await world.client.delete(resource, subject.namespace, metadata.name, metadata.uid);
        world.log.info({ cluster: subject.key, kind, name: metadata.name }, 'Deleted what is not rendered any more');
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 403) throw error;
        troubles.push({
          reason: 'Refused',
          message: `the ${kind} "${metadata.name}" cannot be deleted: ${error.message}`,
        });
      }
    }
  }
  return troubles;
}
