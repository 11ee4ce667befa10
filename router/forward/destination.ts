import type { RouterContext } from '../context.ts';
import { type RouterError, routerError } from '../errors.ts';
import { modernNodeFor } from '../nodes/modern-placement.ts';
import { isReachable, type NodeEntry } from '../nodes/node-entry.ts';
import { nodeFor } from '../nodes/placement.ts';
import type { Affinity } from '../sessions/affinities.ts';
import { hasTooManySessions, tooManySessions } from '../sessions/limit.ts';
import { locate, mayBeHeldElsewhere } from '../sessions/locate.ts';
import type { Exchange } from './exchange.ts';
import type { Payload } from './payload.ts';
import { noNode, unknownTarget } from './unserved.ts';

/**
 * Where a request goes: to a `node`; nowhere, for it is `refused`; nowhere yet, and if that stays so it is `waiting` in vain; or it
 * is `done`, since it ends a session that no node holds.
 */
export type Direction = { node: NodeEntry } | { refused: RouterError } | { waiting: () => RouterError } | 'done';

/** Finds the node for a request, again and again if nodes fail under it or do not want it. */
export class Destination {
  readonly #context: RouterContext;
  readonly #asked: Exchange;
  readonly #payload: Payload;
  #excluded: Set<string> | undefined;
  /** Runs of nodes that were lost under the request: another one is better, but they may be back. */
  #lost: Set<string> | undefined;
  /** The home of the session does not hold it. */
  #notHeld = false;
  /** Counted on this node as a session that its reports do not know yet. */
  #placedOn: NodeEntry | undefined;

  constructor(context: RouterContext, asked: Exchange, payload: Payload) {
    this.#context = context;
    this.#asked = asked;
    this.#payload = payload;
  }

  /** The node that holds the session, one that adopts it, or the best one for a new session. */
  find(): Direction {
    const { route, principal } = this.#asked;
    if (route.sessionId !== undefined) {
      this.#asked.session ??= this.#context.sessions.open(route.sessionId, route.target, principal);
    } else if (this.#asked.session === undefined) return this.#place();
    const { session } = this.#asked;
    return session === undefined ? { refused: routerError('MCPHUB_SESSION_NOT_FOUND') } : this.#locate(session);
  }

  /**
   * The node does not begin the request.
   * @param reason why, as nodes of ours say; see NOT_STARTED
   * @returns whether looking for another one is of use
   */
  leave(node: NodeEntry, reason: string | undefined): boolean {
    if (this.#asked.session !== undefined && reason === undefined) return false;
    if (reason === 'not-held') {
      this.#notHeld = true;
      return true;
    }
    // A session of HTTP+SSE is where its stream is.
    if (reason === 'no-stream') return this.#isClaimedElsewhere(node);
    if (reason === 'draining') this.#context.registry.retire(node);
    this.#exclude(node);
    // A node that ends is worth waiting for: it comes back as another process, or another node comes.
    return reason === 'draining' || this.#hasAnother();
  }

  /** The node has failed under the request. */
  failed(node: NodeEntry): void {
    this.uncount();
    this.#lost ??= new Set();
    this.#lost.add(node.run);
  }

  /** The node's reports count the session from now on. */
  counted(): void {
    this.#placedOn = undefined;
  }

  /** No session came about, or none that the node would report. */
  uncount(): void {
    if (this.#placedOn === undefined) return;
    this.#placedOn.placed = Math.max(0, this.#placedOn.placed - 1);
    this.#placedOn = undefined;
  }

  #exclude(node: NodeEntry): void {
    this.uncount();
    this.#excluded ??= new Set();
    this.#excluded.add(node.run);
    const key = this.#asked.session?.key;
    if (key !== undefined) this.#context.claims.withdraw(key, node);
  }

  /** Whether another node than those that are excluded can take the request now. */
  #hasAnother(): boolean {
    const { session } = this.#asked;
    if (session === undefined) return this.#choose() !== undefined;
    return locate(this.#context, session, this.#excluded) !== 'absent';
  }

  #isClaimedElsewhere({ tag }: NodeEntry): boolean {
    const key = this.#asked.session?.key;
    const holder = key === undefined ? undefined : this.#context.claims.of(key)?.holder;
    return holder !== undefined && holder !== tag;
  }

  #locate(session: Affinity): Direction {
    const { claims, graves, metrics } = this.#context;
    const found = locate(this.#context, session, this.#excluded);
    if (found === 'over') return { refused: routerError('MCPHUB_SESSION_NOT_FOUND') };
    const { key, tag } = session;
    if (key === undefined) {
      return found === 'absent' ? { waiting: () => routerError('MCPHUB_SESSION_NOT_FOUND') } : found;
    }
    // Nothing has to be re-created to be ended.
    if (this.#asked.req.method === 'DELETE' && (found === 'absent' || found.adopts)) {
      graves.add(key);
      return 'done';
    }
    // What cannot be sent a second time is not sent to ask.
    const isToWait = this.#notHeld || this.#payload.streamed;
    if (found === 'absent' || (isToWait && mayBeHeldElsewhere(this.#context, session))) {
      return { waiting: () => noNode(this.#context, this.#asked) };
    }
    if (found.adopts) {
      claims.place({ key, tag }, found.node);
      metrics.adopted();
    }
    return found;
  }

  #place(): Direction {
    const { catalog, registry } = this.#context;
    const { route, principal } = this.#asked;
    if (registry.nodes.size > 0 && catalog.resolve(route.target) === undefined) {
      return { refused: unknownTarget(this.#context, this.#asked) };
    }
    if (route.era === 'modern') return this.#placeModern();
    if (hasTooManySessions(this.#context, principal)) {
      this.#context.metrics.limited();
      return { refused: tooManySessions(this.#context) };
    }
    const node = this.#choose();
    if (node === undefined) return { waiting: () => noNode(this.#context, this.#asked) };
    this.uncount();
    this.#placedOn = node;
    node.placed++;
    return { node };
  }

  #placeModern(): Direction {
    const { peer, stateId } = this.#asked.head;
    // It belongs to one of all nodes, and not all are there.
    if (stateId !== undefined && this.#context.expectations.incomplete()) {
      return { waiting: () => noNode(this.#context, this.#asked) };
    }
    // Another node has been asked by a client that waits, and there is no third one for it to ask.
    const nowhere = (): Direction =>
      peer === undefined
        ? { waiting: () => noNode(this.#context, this.#asked) }
        : { refused: noNode(this.#context, this.#asked) };
    const pinned = this.#payload.pinnedTo(this.#asked.head);
    if (peer === undefined && pinned !== undefined && this.#context.expectations.awaits(pinned)) return nowhere();
    const node = this.#choose();
    return node === undefined || (peer !== undefined && !node.ours) ? nowhere() : { node };
  }

  #choose(): NodeEntry | undefined {
    if (this.#asked.route.era !== 'modern') return nodeFor(this.#context, this.#asked, this.#excluded);
    const { head } = this.#asked;
    const peer = head.peer === undefined ? undefined : this.#context.registry.byTag(head.peer);
    if (peer !== undefined) {
      this.#excluded ??= new Set();
      this.#excluded.add(peer.run);
    }
    if (head.peer !== undefined && head.to !== undefined) return this.#reachable(head.to);
    const pinned = this.#payload.pinnedTo(head);
    const choose = (excluded?: ReadonlySet<string>) => modernNodeFor(this.#context, this.#asked, pinned, excluded);
    if (this.#lost === undefined || pinned !== undefined) return choose(this.#excluded);
    return choose(new Set([...this.#lost, ...(this.#excluded ?? [])])) ?? choose(this.#excluded);
  }

  /** A node that a member wants to reach, and no other. */
  #reachable(tag: string): NodeEntry | undefined {
    const node = this.#context.registry.byTag(tag);
    return node !== undefined && isReachable(node) && this.#excluded?.has(node.run) !== true ? node : undefined;
  }
}
