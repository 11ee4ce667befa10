import { randomBytes } from 'node:crypto';
import { isPlaceable, type NodeEntry } from './node-entry.ts';
import { heaviest, heaviestBounded } from './rendezvous.ts';

/** What a session or a request without one asks of its node. */
export interface PlacementRequest {
  /** Names of the servers of the target; empty when any node will do. */
  servers: readonly string[];
  /** A node id from a cookie or a header; outranks the hash if that node is as good as any other. */
  hint?: string | undefined;
  /** Requests with the same key go to the same node, whatever its load. Absent: a fresh random key. */
  key?: string | undefined;
  /** Runs of nodes (`NodeEntry.run`) that have already refused this request. */
  excluded?: ReadonlySet<string> | undefined;
}

/**
 * The node for a new session, among nodes that are active, not draining, not suspect and hold every server of the
 * target, or else the most of them.
 * @param load sessions that a node has now
 * @returns undefined when no node holds any of the servers
 */
export function place(
  nodes: Iterable<NodeEntry>,
  request: PlacementRequest,
  load: (node: NodeEntry) => number,
): NodeEntry | undefined {
  const candidates = bestHolders(nodes, request);
  if (candidates.length <= 1) return candidates[0];
  const hinted = request.hint === undefined ? undefined : candidates.find(({ id }) => id === request.hint);
  if (hinted !== undefined) return hinted;
  if (request.key !== undefined) return heaviest(candidates, request.key);
  return heaviestBounded(candidates, randomBytes(8).toString('base64url'), load);
}

/** Nodes that may be chosen and hold every server, or else the most of them; none that holds nothing of what is asked for. */
export function bestHolders(
  nodes: Iterable<NodeEntry>,
  { servers, excluded }: Pick<PlacementRequest, 'servers' | 'excluded'>,
): NodeEntry[] {
  let best: NodeEntry[] = [];
  let most = servers.length === 0 ? 0 : 1;
  for (const node of nodes) {
    if (!isPlaceable(node) || excluded?.has(node.run) === true) continue;
    let held = 0;
    for (const server of servers) if (node.servers.has(server)) held++;
    if (held < most) continue;
    if (held > most) best = [];
    most = held;
    best.push(node);
  }
  return best;
}
