import type { NodeEntry } from '../nodes/node-entry.ts';
import { Origin } from '../wire/origin.ts';

/** Connections to the nodes. */
export interface Pools {
  of(node: NodeEntry): Origin;
  /** Closes what leads to origins that no node has any more. */
  prune(nodes: Iterable<NodeEntry>): void;
  /** Ends all connections at once. */
  destroy(): Promise<void>;
}

/**
 * Makes an empty set of pools. Nothing times out on an open response: streams may be silent for hours.
 * @param connectTimeout milliseconds that opening a connection may take
 */
export function createPools(connectTimeout: number): Pools {
  const origins = new Map<string, Origin>();
  return {
    of({ origin }) {
      let known = origins.get(origin);
      if (known === undefined) {
        known = new Origin(origin, connectTimeout);
        origins.set(origin, known);
      }
      return known;
    },
    prune(nodes) {
      const used = new Set<string>();
      for (const { origin } of nodes) used.add(origin);
      for (const [name, origin] of origins) {
        if (used.has(name)) continue;
        origins.delete(name);
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
