import { type Claim, decodeClaim, nextEpoch } from '../../cluster/claim.ts';
import type { AdoptedReport } from '../../cluster/payload.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';

/** A claim, and the tag of the node that has it. */
export interface Held extends Claim {
  readonly holder: string;
}

/**
 * Which node holds a session that it did not open. Nodes report their claims, so that all coordinators know them; a claim
 * outranks the home that the session id names.
 */
export class Claims {
  readonly #held = new Map<string, Held>();
  /** By the tags of nodes: keys of sessions that another node has taken over, so that copies there are stale, in the order of their numbers. */
  readonly #stale = new Map<string, Map<string, number>>();
  /** The process of each node that has told all of its claims. */
  readonly #complete = new WeakMap<NodeEntry, string>();
  #number = 0;

  get size(): number {
    return this.#held.size;
  }

  of(key: string): Held | undefined {
    return this.#held.get(key);
  }

  /** This coordinator sends a session to a node that is to adopt it. */
  place({ key, tag }: Pick<Claim, 'key' | 'tag'>, node: NodeEntry): void {
    this.#hold({ key, tag, epoch: nextEpoch(this.#held.get(key)?.epoch ?? 0), holder: node.tag });
  }

  /** Whether all is known that a node holds, not only what has changed there. */
  hasAllOf(node: NodeEntry): boolean {
    return this.#complete.get(node) === node.run;
  }

  /** Takes over what a node says that it holds. */
  report(node: NodeEntry, { full = false, add, remove }: AdoptedReport): void {
    const claims = add.flatMap((text) => decodeClaim(text) ?? []);
    if (full) {
      this.#complete.set(node, node.run);
      this.#dropAllBut(new Set(claims.map(({ key }) => key)), node);
    }
    for (const key of remove) this.withdraw(key, node);
    for (const claim of claims) {
      const held = { ...claim, holder: node.tag };
      if (outranks(held, this.#held.get(claim.key))) this.#hold(held);
      else this.#markStale(node.tag, claim.key);
    }
  }

  /** The node does not hold the session. */
  withdraw(key: string, node: NodeEntry): void {
    if (this.#held.get(key)?.holder === node.tag) this.#held.delete(key);
  }

  /** The session is over, wherever it was. */
  delete(key: string): void {
    this.#held.delete(key);
  }

  /** The node is not there any more, and its claims with it. */
  forget(node: NodeEntry): void {
    this.#stale.delete(node.tag);
    this.#dropAllBut(new Set(), node);
  }

  /**
   * Keys of sessions whose copies at this node are stale, the oldest first and some at a time, told until the node says that it
   * heard of them: a reply may be lost.
   * @param heard the cursor that the node has heard of; 0 for none
   */
  staleAt({ tag }: NodeEntry, heard: number): { keys: string[]; cursor: number } | undefined {
    const stale = this.#stale.get(tag);
    if (stale === undefined) return undefined;
    const keys: string[] = [];
    let cursor = heard;
    for (const [key, number] of stale) {
      if (number <= heard) stale.delete(key);
      else if (keys.length < ROUTER_DEFAULTS.maxStale) {
        keys.push(key);
        cursor = number;
      } else break;
    }
    if (keys.length > 0) return { keys, cursor };
    this.#stale.delete(tag);
    return undefined;
  }

  #hold(claim: Held): void {
    const before = this.#held.get(claim.key);
    this.#held.set(claim.key, claim);
    this.#stale.get(claim.holder)?.delete(claim.key);
    for (const tag of [claim.tag, before?.holder]) {
      if (tag !== undefined && tag !== claim.holder) this.#markStale(tag, claim.key);
    }
  }

  #dropAllBut(keys: ReadonlySet<string>, { tag }: NodeEntry): void {
    for (const [key, { holder }] of this.#held) if (holder === tag && !keys.has(key)) this.#held.delete(key);
  }

  #markStale(tag: string, key: string): void {
    const stale = this.#stale.get(tag) ?? new Map<string, number>();
    this.#stale.set(tag, stale);
    // Behind the others, so that they stay in the order of their numbers.
    stale.delete(key);
    stale.set(key, ++this.#number);
  }
}

/** Equal epochs are decided alike by all coordinators. */
function outranks(claim: Held, other: Held | undefined): boolean {
  if (other === undefined || claim.holder === other.holder) return true;
  return claim.epoch > other.epoch || (claim.epoch === other.epoch && claim.holder < other.holder);
}
