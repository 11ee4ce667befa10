import type { HeartbeatPayload, RegisterPayload } from '../../cluster/payload.ts';
import { isReachable, type NodeEntry } from './node-entry.ts';

/**
 * Whether a payload comes from a second process that uses a node's id while the first one is still there. The one that
 * started later holds the id. Clocks of two machines may differ, so an older start is refused only as long as the other
 * process is there; one at the same address must have ended, since no two can listen there.
 */
export function isRival(known: NodeEntry, payload: HeartbeatPayload | RegisterPayload): boolean {
  const { instance, startedAt } = payload.metadata ?? {};
  const holder = known.metadata;
  if (instance === undefined || startedAt === undefined || holder?.instance === undefined) return false;
  if (holder.instance === instance || startedAt >= (holder.startedAt ?? 0)) return false;
  return payload.url !== known.url && known.status === 'active' && isReachable(known);
}

/** What the process that came second is told. */
export function rivalMessage({ id, url, metadata }: NodeEntry): string {
  const since = new Date(metadata?.startedAt ?? 0).toISOString();
  return (
    `Another process is node "${id}": it runs at ${url} and started later, at ${since}. ` +
    'Give each node an id of its own (MCPHUB_NODE_ID or systemConfig.cluster.node.id), or end one of the two'
  );
}
