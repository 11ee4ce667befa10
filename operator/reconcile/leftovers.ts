import { API } from '../api/names.ts';
import type { KubeObject, Resource } from '../kube/contract.ts';
import { KubeError } from '../kube/errors.ts';
import { controllerOf } from '../kube/ownership.ts';
import { CLUSTERS, MADE } from './kinds.ts';
import type { Subject, World } from './world.ts';

/** Milliseconds for which they are left to garbage collection, which takes less than one second where it works. */
export const PATIENCE = 30_000;

type Leaving = Pick<World, 'client' | 'children' | 'clock' | 'log'>;

interface Leftover {
  resource: Resource;
  object: KubeObject;
}

/**
 * Deletes what an earlier cluster of the same name has left. Garbage collection does that, but it may see nothing of the
 * one going and the other coming, such as while the API server is started again: then it takes the new cluster for
 * the old one, and leaves its objects for ever.
 * @returns milliseconds until there may be something to delete; undefined when nothing is left
 * @throws KubeError where trying again soon may help
 */
export async function removeLeftovers(world: Leaving, subject: Subject): Promise<number | undefined> {
  const left = leftoversOf(world, subject);
  if (left.length === 0) return undefined;
  const since = Date.parse(subject.cluster.metadata.creationTimestamp ?? '');
  const wait = since + PATIENCE - world.clock.now();
  if (wait > 0) return wait;
  // The store may be behind, and the other cluster the one that lives.
  if (await isAlive(world, subject)) for (const leftover of left) await remove(world, subject, leftover);
  return PATIENCE;
}

function leftoversOf({ children }: Leaving, subject: Subject): Leftover[] {
  return MADE.flatMap((resource) => {
    const objects = children(resource)?.list(subject.namespace) ?? [];
    return objects.filter((object) => isLeftover(object, subject)).map((object) => ({ resource, object }));
  });
}

function isLeftover(object: KubeObject, { name, uid }: Subject): boolean {
  const owner = controllerOf(object);
  const ofThatName = owner?.apiVersion === API.apiVersion && owner.kind === API.kind && owner.name === name;
  return ofThatName && owner.uid !== uid && object.metadata.deletionTimestamp === undefined;
}

/** With the right to list, which the operator has anyway. */
async function isAlive({ client }: Leaving, { namespace, name, uid }: Subject): Promise<boolean> {
  const { items } = await client.list(CLUSTERS, { namespace, fieldSelector: `metadata.name=${name}` });
  return items.some(({ metadata }) => metadata.uid === uid);
}

/** What the API server refuses to delete is in the way, and is told as such. */
async function remove({ client, log }: Leaving, subject: Subject, { resource, object }: Leftover): Promise<void> {
  const { name } = object.metadata;
  try {
    const live = await client.get(resource, subject.namespace, name);
    // Released in the meantime, it belongs to somebody else.
    if (live === undefined || !isLeftover(live, subject)) return;
    await client.delete(resource, subject.namespace, name, live.metadata.uid);
    log.info({ cluster: subject.key, kind: object.kind, name }, 'Deleted what an earlier cluster of this name left');
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
  }
}
