import type { RouterContext } from '../context.ts';
import { isReachable, type NodeEntry } from '../nodes/node-entry.ts';
import { adopterFor } from '../nodes/placement.ts';
import type { Affinity } from './affinities.ts';

/**
 * Where a session's request goes: to the node that holds it, or to one that `adopts` it; `absent` while no node can take
 * it; `over` when the session has ended.
 */
export type Whereabouts = { node: NodeEntry; adopts: boolean } | 'absent' | 'over';

/**
 * Finds the node of a session. A claim outranks the home that the id names; when neither can be reached, the hash of the
 * session chooses an adopter, so that all coordinators choose alike.
 * @param excluded runs of nodes that do not take the request
 */
export function locate(
  context: RouterContext,
  session: Affinity,
  excluded: ReadonlySet<string> | undefined,
): Whereabouts {
  if (isOver(context, session)) return 'over';
  const { registry, claims, expectations } = context;
  const { key, tag } = session;
  const claim = key === undefined ? undefined : claims.of(key);
  const holder = registry.byTag(claim?.holder ?? tag);
  if (holder !== undefined && excluded?.has(holder.run) !== true && serves(holder, session)) {
    return { node: holder, adopts: false };
  }
  if (holder === undefined && mayHaveMade(session) && expectations.mayAppear(claim?.holder ?? tag)) return 'absent';
  if (key === undefined) return 'over';
  if (mayBeHeldElsewhere(context, session)) return 'absent';
  const node = adopterFor(context, session, key, excluded);
  return node === undefined ? 'absent' : { node, adopts: true };
}

/** A node that took the session over may not have registered yet: until then, its home is asked only for a session that it holds. */
export function mayBeHeldElsewhere({ claims, expectations }: RouterContext, { key }: Affinity): boolean {
  return key !== undefined && expectations.incomplete() && claims.of(key) === undefined;
}

/** Only ids of ours say what another node needs to re-create the session; for others the holder is asked in any case. */
function serves(holder: NodeEntry, { key }: Affinity): boolean {
  return key === undefined ? !holder.gone : isReachable(holder);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id that no node can have made is not waited for. */
function mayHaveMade({ key, inner }: Affinity): boolean {
  return key !== undefined || UUID.test(inner);
}

/** The client has ended the session, or it is too old. */
function isOver({ graves, settings }: RouterContext, { key, bornAt }: Affinity): boolean {
  if (key === undefined) return false;
  const { maxSessionAge } = settings.current.systemConfig.cluster.coordinator;
  return graves.has(key) || Date.now() - bornAt > maxSessionAge;
}
