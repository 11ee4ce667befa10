import { ROUTER_DEFAULTS } from '../config.ts';
import type { NodeEntry } from './node-entry.ts';
import type { Registry } from './registry.ts';

/**
 * The nodes that a coordinator that has just started must expect to hear of. It has no memory and no store, but nodes
 * tell it the tags of all nodes that they heard of from the coordinators before it.
 */
export interface Expectations {
  /** A node told the tags of the nodes that it knows of. */
  told(tags: readonly string[]): void;
  /** The tags of all nodes, for a node that has not been told them since they changed; undefined for others. */
  news(node: NodeEntry): string[] | undefined;
  /** Whether the node with this tag may still register, so that its sessions must not be given away. */
  mayAppear(tag: string): boolean;
  /** The same for a node that others have told of, which nodes of ours do. */
  awaits(tag: string): boolean;
  /** Whether a node may still tell of sessions that it has taken over, of which only it can. */
  incomplete(): boolean;
  /** Whether all nodes that there are have had their time to register, and to tell what they have taken over. */
  settled(): boolean;
}

/**
 * Makes the expectations of a new coordinator.
 * @param hasTold whether a node has told of all sessions that it has taken over
 * @param nodeTimeout milliseconds after which a node that did not appear is not expected any more
 */
export function createExpectations(
  registry: Registry,
  hasTold: (node: NodeEntry) => boolean,
  nodeTimeout: () => number,
): Expectations {
  const known = new Set<string>();
  const told = new WeakMap<NodeEntry, string>();
  /** Of those that were here and have left while that matters. */
  const left = new Set<string>();
  registry.onForget(({ tag }) => void (age() < nodeTimeout() && left.add(tag)));
  const age = () => performance.now() - registry.since;
  const waits = () => age() < Math.min(nodeTimeout(), ROUTER_DEFAULTS.expectNodes);
  const isMissing = (tag: string) => registry.byTag(tag) === undefined && !left.has(tag);
  const isUnheard = (tag: string) => {
    const node = registry.byTag(tag);
    return isMissing(tag) || (node?.ours === true && !hasTold(node));
  };

  return {
    told(tags) {
      if (age() >= nodeTimeout()) return;
      for (const tag of tags) known.add(tag);
    },
    news(node) {
      const now = `${registry.membership} ${node.run}`;
      if (told.get(node) === now) return undefined;
      told.set(node, now);
      return Array.from(registry.nodes.values(), ({ tag }) => tag);
    },
    mayAppear(tag) {
      return waits() && (known.size === 0 || known.has(tag)) && isMissing(tag);
    },
    incomplete: () => waits() && [...known].some(isUnheard),
    awaits: (tag) => known.has(tag) && waits() && isMissing(tag),
    settled() {
      if (age() >= nodeTimeout()) return true;
      if (registry.nodes.size === 0) return age() >= ROUTER_DEFAULTS.firstNodeTimeout;
      return ![...known].some(isUnheard);
    },
  };
}
