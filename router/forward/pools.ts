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

/**
 * Makes an empty set of pools. Nothing times out on an open response: streams may be silent for hours.
 * @param connectTimeout milliseconds that opening a connection may take
 * @param clusterTokens of which the first is shown to nodes of ours
 */
export function createPools(connectTimeout: number, clusterTokens: () => readonly string[]): Pools {
  const origins = new Map<string, Origin>();

  function doorOf({ ours, pathPrefix }: NodeEntry): TrunkDoor | undefined {
    if (!ours) return undefined;
    const headers = () => {
      const [token] = clusterTokens();
      return token === undefined ? [] : [CLUSTER_TOKEN, token];
    };
    return { path: `${pathPrefix}${TRUNK_PATH}`, headers };
  }

  return {
    of(node) {
      const key = keyOf(node);
      let known = origins.get(key);
      if (known === undefined) {
        known = new Origin(node.origin, connectTimeout, doorOf(node));
        origins.set(key, known);
      }
      return known;
    },
    cut: (node) => origins.get(keyOf(node))?.cut(),
    prune(nodes) {
      const used = new Set<string>();
      for (const node of nodes) used.add(keyOf(node));
      for (const [key, origin] of origins) {
        if (used.has(key)) continue;
        origins.delete(key);
        origin.close();
      }
    },
    async destroy() {
      const all = [...origins.values()].map((origin) => origin.destroy());
      origins.clear();
      await Promise.all(all);
    },
  };
}

/** A node of ours may come where one of another kind was. */
function keyOf({ origin, pathPrefix, ours }: NodeEntry): string {
  return ours ? origin + pathPrefix : `${origin} of others`;
}
