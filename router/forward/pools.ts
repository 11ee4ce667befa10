import { Pool } from 'undici';
import type { NodeEntry } from '../nodes/node-entry.ts';

/** Connections to the nodes. */
export interface Pools {
  /** The pool for requests that end, and that for streams that stay open, so that neither searches among the other's. */
  of(node: NodeEntry): { calls: Pool; streams: Pool };
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
  const pools = new Map<string, { calls: Pool; streams: Pool }>();
  const newPool = (origin: string) =>
    new Pool(origin, { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectTimeout }, allowH2: false });
  return {
    of({ origin }) {
      let pair = pools.get(origin);
      if (pair === undefined) {
        pair = { calls: newPool(origin), streams: newPool(origin) };
        pools.set(origin, pair);
      }
      return pair;
    },
    prune(nodes) {
      const used = new Set<string>();
      for (const { origin } of nodes) used.add(origin);
      for (const [origin, { calls, streams }] of pools) {
        if (used.has(origin)) continue;
        pools.delete(origin);
        calls.close().catch(() => {});
        streams.close().catch(() => {});
      }
    },
    async destroy() {
      const all = [...pools.values()].flatMap(({ calls, streams }) => [calls.destroy(), streams.destroy()]);
      pools.clear();
      await Promise.allSettled(all);
    },
  };
}
