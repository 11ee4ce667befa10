import { TRUNK_PATH } from '../../cluster/trunk/frames.ts';
import { CLUSTER_TOKEN } from '../../mcp/headers.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import { Origin } from '../wire/origin.ts';
import type { TrunkDoor } from '../wire/trunk-line.ts';

/** Connections to the nodes. */
export interface Pools {
  of(node: NodeEntry): Origin;
  /** See {@link Origin.cut}. */
  cut(node: NodeEntry): void;
  /** Closes what leads to origins that no node has any more. */
  prune(nodes: Iterable<NodeEntry>): void;
  /** Ends all connections at once. */
  destroy(): Promise<void>;
}

interface Pool {
  origin: Origin;
  /** That was there last; another one may have come where one was. */
  node: NodeEntry;
}

/**
 * Makes an empty set of pools. Nothing times out on an open response: streams may be silent for hours.
 * @param connectTimeout milliseconds that opening a connection may take
 * @param clusterTokens of which the first is shown to nodes of ours
 * @param onBroken is told which node may be gone: the connection that is there all the time has ended
 */
export function createPools(
  connectTimeout: number,
  clusterTokens: () => readonly string[],
  onBroken: (node: NodeEntry) => void,
): Pools {
  const pools = new Map<string, Pool>();

  function doorOf(key: string, { ours, pathPrefix }: NodeEntry): TrunkDoor | undefined {
    if (!ours) return undefined;
    const headers = () => {
      const [token] = clusterTokens();
      return token === undefined ? [] : [CLUSTER_TOKEN, token];
    };
    const tell = () => {
      const node = pools.get(key)?.node;
      if (node !== undefined) onBroken(node);
    };
    return { path: `${pathPrefix}${TRUNK_PATH}`, headers, onBroken: tell };
  }

  return {
    of(node) {
      const key = keyOf(node);
      let known = pools.get(key);
      if (known === undefined) {
        known = { node, origin: new Origin(node.origin, connectTimeout, doorOf(key, node)) };
        pools.set(key, known);
      }
      known.node = node;
      return known.origin;
    },
    cut: (node) => pools.get(keyOf(node))?.origin.cut(),
    prune(nodes) {
      const used = new Set<string>();
      for (const node of nodes) used.add(keyOf(node));
      for (const [key, { origin }] of pools) {
        if (used.has(key)) continue;
        pools.delete(key);
        origin.close();
      }
    },
    async destroy() {
      const all = [...pools.values()].map(({ origin }) => origin.destroy());
      pools.clear();
      await Promise.all(all);
    },
  };
}

/** A node of ours may come where one of another kind was. */
function keyOf({ origin, pathPrefix, ours }: NodeEntry): string {
  return ours ? origin + pathPrefix : `${origin} of others`;
}
