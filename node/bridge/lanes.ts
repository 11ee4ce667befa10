import { randomUUID } from 'node:crypto';
import type { ClientCapabilities } from '../../mcp/capabilities.ts';
import type { RequestId } from '../../mcp/jsonrpc.ts';
import { changedLists } from '../catalog/lists.ts';
import { CONFIG } from '../config.ts';
import { NodeError } from '../errors.ts';
import type { Hosted } from '../hosts.ts';
import type { ConnectionHandlers, Outcome } from '../servers/connection.ts';
import type { ServerHost, SessionPeer } from '../servers/host.ts';
import type { Call } from '../sessions/call.ts';
import type { Caller } from '../sessions/caller.ts';
import { HeldCall } from './held-call.ts';

/** A process of its own for modern requests: of one client state, or of one call at a time. */
interface Lane {
  readonly hosted: Hosted;
  readonly peer: SessionPeer;
  /** Whose requests may use it. */
  readonly key: string;
  /** Bound to a state: its calls share the process. */
  readonly bound: boolean;
  readonly calls: Set<HeldCall>;
  lastUsedAt: number;
}

/**
 * Processes of servers with `perSessionClient` that serve modern requests, which have no session. A server of an older revision does
 * not say which call made it ask, so a lane has one call at a time; only requests that a client ties together by
 * `X-MCPHub-State-Id` share one, as calls of a session do.
 */
export class Lanes {
  readonly #lanes = new Set<Lane>();
  readonly #held = new Map<string, HeldCall>();
  readonly #expiry = new Map<HeldCall, NodeJS.Timeout>();
  readonly #answerTimeout: number;

  /** @param answerTimeout milliseconds that a held call waits for its client */
  constructor(answerTimeout: number) {
    this.#answerTimeout = answerTimeout;
  }

  get size(): number {
    return this.#lanes.size;
  }

  /** The peer whose connection lists what the server has. */
  listPeer(hosted: Hosted): SessionPeer {
    return this.#idle(hosted, 'lists', {}, { name: 'mcphub', version: '' }).peer;
  }

  /** Begins a call, and answers when the server has, or asks. */
  async serve(call: Call, hosted: Hosted, params: Record<string, unknown>): Promise<Outcome | Asked> {
    const lane = this.#laneFor(hosted, call.caller);
    const reserved = new HeldCall(call, async (held, signal) => {
      lane.calls.add(held);
      try {
        const connection = await hosted.host.connection(lane.peer);
        return await connection.request(call.method, params, {
          owner: held,
          signal,
          ...(call.onProgress === undefined ? {} : { onProgress: (progress) => held.call?.onProgress?.(progress) }),
        });
      } finally {
        lane.calls.delete(held);
        lane.lastUsedAt = performance.now();
      }
    });
    return this.#next(reserved);
  }

  /**
   * Goes on with a call that waits for its client.
   * @throws NodeError MCPHUB_HELD_CALL_GONE when there is none, or it belongs to somebody else
   */
  resume(ticket: string, call: Call): Promise<Outcome | Asked> {
    const held = this.#held.get(ticket);
    if (held === undefined || held.principal !== call.caller.principal || held.method !== call.method) {
      throw new NodeError('MCPHUB_HELD_CALL_GONE', { minutes: this.#answerTimeout / 60_000 });
    }
    this.#release(held);
    const answers = call.params?.inputResponses;
    held.resume(call, typeof answers === 'object' && answers !== null ? (answers as Record<string, unknown>) : {});
    return this.#next(held);
  }

  /** Ends processes that nobody used for a while. */
  sweep(now = performance.now()): void {
    for (const lane of [...this.#lanes]) {
      const idle = lane.hosted.config.idleTimeoutMs ?? (lane.bound ? CONFIG.stateIdleTime : CONFIG.laneIdleTime);
      if (lane.calls.size === 0 && now - lane.lastUsedAt > idle) this.#drop(lane);
    }
  }

  stop(): void {
    for (const held of [...this.#held.values()]) {
      this.#release(held);
      held.giveUp();
    }
    this.#lanes.clear();
  }

  async #next(held: HeldCall): Promise<Outcome | Asked> {
    const next = await held.next();
    if (!('inputRequests' in next)) return next;
    const { ticket } = held;
    this.#held.set(ticket, held);
    const timer = setTimeout(() => {
      this.#release(held);
      held.giveUp();
    }, this.#answerTimeout);
    timer.unref();
    this.#expiry.set(held, timer);
    void held.over.then(() => this.#release(held));
    return { heldCall: ticket, inputRequests: next.inputRequests };
  }

  #release(held: HeldCall): void {
    this.#held.delete(held.ticket);
    clearTimeout(this.#expiry.get(held));
    this.#expiry.delete(held);
  }

  #laneFor(hosted: Hosted, caller: Caller): Lane {
    const { client, principal, stateId } = caller;
    const capabilities = client?.capabilities ?? {};
    const info = client?.info ?? { name: 'unknown', version: '' };
    if (stateId === undefined) return this.#idle(hosted, JSON.stringify([principal, capabilities]), capabilities, info);
    const key = JSON.stringify([principal, stateId]);
    for (const lane of this.#lanes) if (lane.bound && lane.hosted === hosted && lane.key === key) return lane;
    return this.#add(hosted, key, true, capabilities, info);
  }

  #idle(hosted: Hosted, key: string, capabilities: ClientCapabilities, info: SessionPeer['clientInfo']): Lane {
    for (const lane of this.#lanes) {
      if (!lane.bound && lane.hosted === hosted && lane.key === key && lane.calls.size === 0) return lane;
    }
    return this.#add(hosted, key, false, capabilities, info);
  }

  #add(
    hosted: Hosted,
    key: string,
    bound: boolean,
    capabilities: ClientCapabilities,
    clientInfo: SessionPeer['clientInfo'],
  ): Lane {
    const calls = new Set<HeldCall>();
    const peer: SessionPeer = {
      key: `lane-${randomUUID()}`,
      clientInfo,
      capabilities,
      handlers: () => handlersOf(lane),
    };
    const lane: Lane = { hosted, peer, key, bound, calls, lastUsedAt: performance.now() };
    this.#lanes.add(lane);
    return lane;
  }

  #drop(lane: Lane): void {
    this.#lanes.delete(lane);
    void release(lane.hosted.host, lane.peer.key);
  }
}

/** A call that waits for its client, and what it waits for. */
export interface Asked {
  heldCall: string;
  inputRequests: Record<string, object>;
}

function handlersOf({ hosted, calls }: Lane): ConnectionHandlers {
  return {
    onNotification: ({ method, params }, owners) => {
      const kinds = changedLists(method);
      if (kinds.length > 0) hosted.catalog.invalidate(kinds);
      const held = [...calls].at(-1);
      if (held === undefined) return;
      if (method === 'notifications/cancelled') held.withdraw(params?.requestId as RequestId);
      const call = owners.length <= 1 ? held.call : undefined;
      if (method === 'notifications/message' && call?.caller.wantsLog(params?.level)) {
        call.push({ jsonrpc: '2.0', method, params });
      }
    },
    onRequest: (request) => {
      // A lane of a state may have several; the newest is the likeliest, as it is for sessions.
      const held = [...calls].at(-1);
      if (held !== undefined) return held.ask(request);
      return Promise.resolve({ error: new NodeError('MCPHUB_METHOD_UNKNOWN', { method: request.method }).rpcError });
    },
    onClose: () => {},
  };
}

async function release(host: ServerHost, key: string): Promise<void> {
  await host.releaseSession(key).catch(() => {});
}
