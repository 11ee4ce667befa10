import { type Claim, decodeClaim, nextEpoch } from '../../cluster/claim.ts';
import type { AdoptedReport } from '../../cluster/payload.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import { StaleCopies } from './stale-copies.ts';

/** A claim, and the tag of the node that has it. */
export interface Held extends Claim {
  readonly holder: string;
  /** When this coordinator sent the session there, of performance.now(); undefined once the node has said that it has it. */
  readonly placedAt: number | undefined;
}

/**
 * Which node holds a session that it did not open. Nodes report their claims, so that all coordinators know them; a claim
 * outranks the home that the session id names. What is kept is what nodes hold, which they bound, and some of what is on its way.
 */
export class Claims {
  readonly #held = new Map<string, Held>();
  /** By the tags of nodes: claims that they have yet to say that they have, the oldest first. */
  readonly #unconfirmed = new Map<string, Set<string>>();
  readonly #stale: StaleCopies;
  /** The process of each node that has told all of its claims. */
  readonly #complete = new WeakMap<NodeEntry, string>();

  constructor(stale = new StaleCopies()) {
    this.#stale = stale;
  }

  get size(): number {
    return this.#held.size;
  }

  of(key: string): Held | undefined {
    return this.#held.get(key);
  }

  /** This coordinator sends a session to a node that is to adopt it. */
  place({ key, tag }: Pick<Claim, 'key' | 'tag'>, node: NodeEntry, now = performance.now()): void {
    const epoch = nextEpoch(this.#held.get(key)?.epoch ?? 0);
    this.#hold({ key, tag, epoch, holder: node.tag, placedAt: now });
  }

  /** Whether all is known that a node holds, not only what has changed there. */
  hasAllOf(node: NodeEntry): boolean {
    return this.#complete.get(node) === node.run;
  }

  /** Takes over what a node says that it holds. */
  report(node: NodeEntry, { full = false, add, remove }: AdoptedReport, now = performance.now()): void {
    const claims = add.flatMap((text) => decodeClaim(text) ?? []);
    if (full) {
      this.#complete.set(node, node.run);
      this.#dropAllBut(new Set(claims.map(({ key }) => key)), node);
      this.#remember(node);
    }
    for (const key of remove) this.withdraw(key, node);
    for (const claim of claims) {
      const held = { ...claim, holder: node.tag, placedAt: undefined };
      if (outranks(held, this.#held.get(claim.key))) this.#hold(held);
      else this.#stale.add(node.tag, claim.key);
    }
    this.#dropUnconfirmed(node, now - ROUTER_DEFAULTS.claimPatience);
  }

  /** The node does not hold the session. */
  withdraw(key: string, node: NodeEntry): void {
    if (this.#held.get(key)?.holder === node.tag) this.delete(key);
  }

  /** The session is over, wherever it was. */
  delete(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#confirm(held);
  }

  /** The node is not there any more, and its claims with it. */
  forget(node: NodeEntry): void {
    this.#stale.forget(node.tag);
    this.#dropAllBut(new Set(), node);
  }

  /**
   * Keys of sessions whose copies at this node are stale, the oldest first and some at a time, told until the node says that it
   * heard of them: a reply may be lost.
   * @param heard the cursor that the node has heard of; 0 for none
   */
  staleAt({ tag }: NodeEntry, heard: number): { keys: string[]; cursor: number } | undefined {
    return this.#stale.after(tag, heard);
  }

  #hold(claim: Held): void {
    const before = this.#held.get(claim.key);
    if (before !== undefined) this.#confirm(before);
    this.#held.set(claim.key, claim);
    if (claim.placedAt !== undefined) {
      const unconfirmed = this.#unconfirmed.get(claim.holder) ?? new Set<string>();
      this.#unconfirmed.set(claim.holder, unconfirmed.add(claim.key));
    }
    this.#stale.delete(claim.holder, claim.key);
    for (const tag of [claim.tag, before?.holder]) {
      if (tag !== undefined && tag !== claim.holder) this.#stale.add(tag, claim.key);
    }
  }

  #confirm({ key, holder }: Held): void {
    const unconfirmed = this.#unconfirmed.get(holder);
    if (unconfirmed?.delete(key) && unconfirmed.size === 0) this.#unconfirmed.delete(holder);
  }

  /** What was sent to a node long before its report and is not in it has never come about: its client was gone, or it was refused. */
  #dropUnconfirmed({ tag }: NodeEntry, before: number): void {
    for (const key of this.#unconfirmed.get(tag) ?? []) {
      if ((this.#held.get(key)?.placedAt ?? 0) >= before) return;
      this.delete(key);
    }
  }

  #dropAllBut(keys: ReadonlySet<string>, { tag }: NodeEntry): void {
    for (const [key, { holder }] of this.#held) if (holder === tag && !keys.has(key)) this.delete(key);
  }

  /** A node is back that may not be told any more which of its copies are stale: those are that others hold now. */
  #remember(node: NodeEntry): void {
    if (!this.#stale.forgotten) return;
    for (const { key, tag, holder } of this.#held.values()) {
      if (tag === node.tag && holder !== node.tag) this.#stale.add(tag, key);
    }
  }
}

/** Equal epochs are decided alike by all coordinators. */
function outranks(claim: Held, other: Held | undefined): boolean {
  if (other === undefined || claim.holder === other.holder) return true;
  return claim.epoch > other.epoch || (claim.epoch === other.epoch && claim.holder < other.holder);
}
