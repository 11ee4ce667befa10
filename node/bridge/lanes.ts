import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { createBoundary } from '../../cluster/boundary.ts';
import type { JsonRpcNotification } from '../../mcp/jsonrpc.ts';
import { MAY_ASK } from '../../mcp/modern.ts';
import { RESOURCE_UPDATED } from '../../mcp/notifications.ts';
import { Catalog } from '../catalog/catalog.ts';
import { changedLists } from '../catalog/lists.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import { NodeError } from '../node-error.ts';
import type { Connection, ConnectionHandlers, Outcome } from '../servers/connection.ts';
import type { SessionPeer } from '../servers/host.ts';
import { sendAgain } from '../servers/send-again.ts';
import type { StateOwner } from '../servers/state-owner.ts';
import type { Call } from '../sessions/call.ts';
import { HeldCall, heldCallGone } from './held-call.ts';
import { ProcessRoots } from './roots.ts';

/** A process of its own for modern requests. */
interface Lane {
  readonly hosted: Hosted;
  readonly peer: SessionPeer;
  /** Whom it may serve: requests of one principal, or those alone that a state ties together. Undefined: it only lists what there is. */
  readonly owner: StateOwner | undefined;
  readonly key: string;
  readonly catalog: Catalog;
  readonly calls: Set<HeldCall>;
  /** The newest that it had. */
  connection?: Connection;
  readonly roots: ProcessRoots;
  /** It ends with its call: nothing says that the next one would be of the same client. */
  readonly once: boolean;
  lastUsedAt: number;
}

/**
 * Processes of servers with `perSessionClient` that serve modern requests, which have no session. A server of an older revision does
 * not say which call made it ask, so a lane has one call at a time; only requests that a client ties together by
 * `X-MCPHub-State-Id` share one, as calls of a session do.
 */
export class Lanes {
  /** Told what a process says by itself, and of whom it is. */
  onNotification: (hosted: Hosted, owner: StateOwner | undefined, notification: JsonRpcNotification) => void = () => {};
  /** Told of a new process of a state, which knows of no subscription. */
  onStarted: (hosted: Hosted, owner: StateOwner, connection: Connection) => Promise<void> = async () => {};
  readonly #lanes = new Set<Lane>();
  /** By the ticket that their clients have. */
  readonly #held = new Map<string, { held: HeldCall; expiry: NodeJS.Timeout }>();
  readonly #answerTimeout: number;
  readonly #log: Logger;

  /** @param answerTimeout milliseconds that a held call waits for its client */
  constructor(answerTimeout: number, log: Logger) {
    this.#answerTimeout = answerTimeout;
    this.#log = log;
  }

  /** The connection of a process that serves nobody: it lists what the server has. */
  lister(hosted: Hosted): Promise<Connection> {
    return this.#connect(this.#free(hosted, 'lists', undefined));
  }

  /** The connection of the process that keeps a state, started if need be; undefined without a state. */
  ofState(hosted: Hosted, caller: StateOwner): Promise<Connection> | undefined {
    return caller.stateId === undefined ? undefined : this.#connect(this.#bound(hosted, caller));
  }

  /** The lists of the process that keeps a state; for all others those of the server. */
  catalog(hosted: Hosted, caller: StateOwner): Catalog {
    return caller.stateId === undefined ? hosted.catalog : this.#bound(hosted, caller).catalog;
  }

  /** Begins a call, and answers when the server has, or asks. */
  serve(call: Call, hosted: Hosted, params: Record<string, unknown>): Promise<Outcome | Asked> {
    const { caller } = call;
    const { principal, client } = caller;
    const key = JSON.stringify([principal, client?.capabilities ?? {}]);
    const lane = caller.stateId === undefined ? this.#loose(hosted, key, caller) : this.#bound(hosted, caller);
    const held = new HeldCall(call, async (self, signal) => {
      lane.calls.add(self);
      try {
        const ask = async (connection: Connection) => {
          if (MAY_ASK.has(call.method)) await lane.roots.tell(connection, self, caller);
          return connection.request(call.method, params, {
            owner: self,
            signal,
            ...(call.onProgress === undefined ? {} : { onProgress: (progress) => self.call?.onProgress?.(progress) }),
          });
        };
        return await sendAgain(await this.#connect(lane), signal, { ask, connect: () => this.#connect(lane) });
      } finally {
        lane.calls.delete(self);
        lane.lastUsedAt = performance.now();
        if (lane.once) this.#retire(lane);
      }
    });
    return this.#next(held);
  }

  /**
   * Goes on with a call that waits for its client.
   * @throws NodeError MCPHUB_HELD_CALL_GONE when there is none, or it belongs to somebody else
   */
  resume(ticket: string, call: Call): Promise<Outcome | Asked> {
    const held = this.#held.get(ticket)?.held;
    if (
      held === undefined ||
      held.principal !== call.caller.principal ||
      held.target !== call.caller.target ||
      held.method !== call.method
    ) {
      throw heldCallGone(this.#answerTimeout);
    }
    this.#release(ticket);
    const answers = call.params?.inputResponses;
    held.resume(call, typeof answers === 'object' && answers !== null ? (answers as Record<string, unknown>) : {});
    return this.#next(held);
  }

  /**
   * Ends processes that nobody used for a while.
   * @param isHeard whether somebody listens to what the process of a state says
   */
  sweep(isHeard: (owner: StateOwner) => boolean, now = performance.now()): void {
    for (const lane of this.#lanes) {
      const ofState = lane.owner?.stateId !== undefined;
      const usual = ofState ? CONFIG.stateIdleTime : CONFIG.laneIdleTime;
      if (ofState && isHeard(lane.owner as StateOwner)) lane.lastUsedAt = now;
      if (lane.calls.size > 0 || now - lane.lastUsedAt <= (lane.hosted.config.idleTimeoutMs ?? usual)) continue;
      this.#retire(lane);
    }
  }

  #retire(lane: Lane): void {
    this.#lanes.delete(lane);
    lane.hosted.host.releaseSession(lane.peer.key).catch((error: unknown) => {
      this.#log.warn({ server: lane.hosted.name, err: error }, 'A process did not end cleanly');
    });
  }

  stop(): void {
    for (const [ticket, { held }] of this.#held) {
      this.#release(ticket);
      held.giveUp();
    }
    this.#lanes.clear();
  }

  async #next(held: HeldCall): Promise<Outcome | Asked> {
    const next = await held.next();
    if (!('inputRequests' in next)) return next;
    const { ticket } = held;
    const giveUp = () => {
      this.#release(ticket);
      held.giveUp();
    };
    const expiry = setTimeout(createBoundary(this.#log)('timer of a held call', giveUp), this.#answerTimeout);
    expiry.unref();
    this.#held.set(ticket, { held, expiry });
    void held.over.then(() => this.#release(ticket));
    return { heldCall: ticket, inputRequests: next.inputRequests };
  }

  #release(ticket: string): void {
    clearTimeout(this.#held.get(ticket)?.expiry);
    this.#held.delete(ticket);
  }

  #bound(hosted: Hosted, owner: StateOwner): Lane {
    const key = JSON.stringify([owner.principal, owner.target, owner.stateId]);
    for (const lane of this.#lanes) {
      if (lane.owner?.stateId === undefined || lane.hosted !== hosted || lane.key !== key) continue;
      lane.lastUsedAt = performance.now();
      return lane;
    }
    return this.#add(hosted, key, owner);
  }

  /** For a call that nothing ties to others: what its process keeps is for no other client, unless the settings say that it keeps nothing. */
  #loose(hosted: Hosted, key: string, owner: StateOwner): Lane {
    return hosted.config.perSessionClient === 'calls'
      ? this.#free(hosted, key, owner)
      : this.#add(hosted, key, owner, true);
  }

  #free(hosted: Hosted, key: string, owner: StateOwner | undefined): Lane {
    for (const lane of this.#lanes) {
      const isFree = lane.owner?.stateId === undefined && lane.calls.size === 0;
      if (isFree && lane.hosted === hosted && lane.key === key) return lane;
    }
    return this.#add(hosted, key, owner);
  }

  #add(hosted: Hosted, key: string, owner: StateOwner | undefined, once = false): Lane {
    const peer: SessionPeer = {
      key: `lane-${randomUUID()}`,
      account: owner?.account ?? '',
      clientInfo: owner?.client?.info ?? { name: 'mcphub', version: '' },
      capabilities: owner?.client?.capabilities ?? {},
      handlers: () => this.#handlers(lane),
    };
    const log = this.#log.child({ server: hosted.name });
    const catalog = new Catalog(() => this.#connect(lane), log, hosted.host.patience);
    const lane: Lane = {
      hosted,
      peer,
      owner,
      key,
      catalog,
      calls: new Set(),
      lastUsedAt: performance.now(),
      roots: new ProcessRoots(),
      once,
    };
    this.#lanes.add(lane);
    return lane;
  }

  async #connect(lane: Lane): Promise<Connection> {
    const { hosted, peer, owner } = lane;
    const connection = await hosted.host.connection(peer);
    if (connection === lane.connection) return connection;
    lane.connection = connection;
    if (owner?.stateId !== undefined) await this.onStarted(hosted, owner, connection);
    return connection;
  }

  #handlers({ hosted, owner, catalog, calls, roots }: Lane): ConnectionHandlers {
    return {
      onNotification: (notification, owners) => {
        const { method, params } = notification;
        const held = [...calls].at(-1);
        if (method === 'notifications/cancelled') return held?.withdraw(params?.requestId);
        const kinds = changedLists(method);
        catalog.invalidate(kinds);
        if (kinds.length > 0 || method === RESOURCE_UPDATED) {
          return this.onNotification(hosted, owner, notification);
        }
        const call = owners.length <= 1 ? held?.call : undefined;
        if (method === 'notifications/message' && call?.caller.wantsLog(params?.level)) call.push(notification);
      },
      onRequest: (request) => {
        // A lane of a state may have several; the newest is the likeliest, as it is for sessions.
        const held = [...calls].findLast(({ method }) => MAY_ASK.has(method));
        if (request.method === 'roots/list') roots.asked(held !== undefined);
        if (held !== undefined) return held.ask(request);
        return Promise.resolve({ error: new NodeError('MCPHUB_METHOD_UNKNOWN', { method: request.method }).rpcError });
      },
      onClose: () => catalog.invalidate(),
    };
  }
}

/** A call that waits for its client, and what it waits for. */
export interface Asked {
  heldCall: string;
  inputRequests: Record<string, object>;
}
