import { randomBytes } from 'node:crypto';
import { type ClientCapabilities, sessionKey } from '../../cluster/inner-id.ts';
import {
  isFailure,
  isSameId,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  notification,
  type RequestId,
} from '../../mcp/jsonrpc.ts';
import { CLIENT_METHODS, LOG_LEVELS, type LogLevel } from '../../mcp/methods.ts';
import type { LegacyRevision } from '../../mcp/revisions.ts';
import { CONFIG } from '../config.ts';
import type { EventStream } from '../http/event-stream.ts';
import type { Outlet } from '../http/outlet.ts';
import { NodeError } from '../node-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from './call.ts';
import type { Caller } from './caller.ts';

/** What a client said of itself in `initialize`. */
export interface ClientFacts {
  revision: LegacyRevision;
  info: { name: string; version: string };
  capabilities: ClientCapabilities;
}

/** Tells the questions of this process from those of all others. */
const QUESTIONER = randomBytes(4).toString('hex');

/** What a session that never set a level is given. */
export const DEFAULT_LOG_LEVEL: LogLevel = 'info';

/** What a session is from its first moment; left out, it is opened now and here, by anybody. */
export interface SessionFacts {
  id: string;
  target: string;
  transport: 'streamable-http' | 'sse';
  createdAt?: number;
  tag?: string;
  epoch?: number;
  principal?: string;
  account?: string;
  revivable?: boolean;
}

interface Question {
  resolve(outcome: Outcome): void;
  timer: NodeJS.Timeout;
  /** Who asks, and under which id. */
  source: object;
  sourceId: RequestId;
  outlet: Outlet | undefined;
}

/** One client's session: who it is, what it has in flight, and the ways to reach it. */
export class Session implements Caller {
  readonly id: string;
  readonly target: string;
  readonly transport: 'streamable-http' | 'sse';
  /** Epoch milliseconds at which the client opened it, here or at another node. */
  readonly createdAt: number;
  /** Of the node that opened it. */
  readonly tag: string;
  /** Grows with each adoption; 0 at the node that opened it. */
  epoch: number;
  /** Stands for whom it belongs to, as coordinators say; empty where nobody has to say who they are. */
  readonly principal: string;
  /** Whom the limits count; see `accountOf`. */
  readonly account: string;
  /** A coordinator can have it re-created from its id, here or elsewhere. */
  readonly revivable: boolean;
  readonly modern = undefined;
  /** Of performance.now(). */
  lastUsedAt = performance.now();
  /** It is over here: nothing is started for it any more. */
  closed = false;
  /** When its client last sent anything; of performance.now(). */
  heardAt = performance.now();
  /** The client has said that it is ready for requests (specification: basic/lifecycle). */
  initialized = false;
  /** The last ping, of performance.now(), and how many there were in a row without a sign of life. */
  pinged = { at: Number.NEGATIVE_INFINITY, unanswered: 0 };
  client: ClientFacts | undefined;
  /** Its first request is yet to be begun or, if that is `initialize`, answered. */
  beginning = true;
  /** Set while what is known of the client comes from the id alone. */
  recreated = false;
  /** Undefined until the client sets it; then `info` is taken. */
  logLevel: LogLevel | undefined;
  /** Resource URI to the name of the shared server that it is subscribed at. */
  readonly subscriptions = new Map<string, string>();
  /** Resource URI to the name of the server whose process of this session alone is subscribed at it. */
  readonly ownSubscriptions = new Map<string, string>();
  /** By what stands for their ids; see `idKey`. */
  readonly calls = new Map<string | number, Call>();
  readonly #streams: EventStream[] = [];
  readonly #questions = new Map<RequestId, Question>();
  readonly #backlog = new Map<string, JsonRpcMessage>();
  readonly #answerTimeout: number;
  #counter = 0;
  #rootsChanges = 0;

  /** @param options `answerTimeout` = milliseconds that servers wait for this client's answers */
  constructor(options: SessionFacts & { answerTimeout: number }) {
    this.#answerTimeout = options.answerTimeout;
    this.id = options.id;
    this.target = options.target;
    this.transport = options.transport;
    this.createdAt = options.createdAt ?? Date.now();
    this.tag = options.tag ?? '';
    this.epoch = options.epoch ?? 0;
    this.principal = options.principal ?? '';
    this.account = options.account ?? '';
    this.revivable = options.revivable ?? false;
  }

  /** The client has a stream open or waits for an answer, so it is there. */
  get attached(): boolean {
    return this.#streams.length > 0 || [...this.calls.values()].some((call) => call.open);
  }

  /** What a server on another node keeps for the session is found by this. */
  get stateId(): string {
    return sessionKey(this.id);
  }

  get roots(): string | undefined {
    return this.#rootsChanges === 0 ? undefined : String(this.#rootsChanges);
  }

  /** The client says that its roots are others now (specification: client/roots). */
  rootsChanged(): void {
    this.#rootsChanges += 1;
  }

  get streams(): number {
    return this.#streams.length;
  }

  /** A server waits for an answer of the client, which must come to this node. */
  get asking(): boolean {
    return this.#questions.size > 0;
  }

  /** A stream that the client opened; what waited for one goes out on it. */
  attach(stream: EventStream): void {
    this.#streams.push(stream);
    const waiting = [...this.#backlog.values()];
    this.#backlog.clear();
    for (const message of waiting) stream.push(message);
  }

  detach(stream: EventStream): void {
    const position = this.#streams.indexOf(stream);
    if (position >= 0) this.#streams.splice(position, 1);
  }

  /** Another stream takes its place. */
  endOldestStream(): void {
    this.#streams.shift()?.end();
  }

  /** Whether a log message of this severity is wanted (specification: server/utilities/logging). */
  wantsLog(level: unknown): boolean {
    const severity = LOG_LEVELS.indexOf(level as LogLevel);
    return severity < 0 || severity >= LOG_LEVELS.indexOf(this.logLevel ?? DEFAULT_LOG_LEVEL);
  }

  /**
   * Tells the client something, on the stream of the call that it belongs to if there is one, else on its own. Without
   * any stream a `list_changed` or `updated` waits for the next one; others go out with a call in flight, or are lost.
   */
  notify(message: JsonRpcNotification, owner?: Call): void {
    if (owner?.open) return owner.push(message);
    const stream = this.#stream();
    if (stream !== undefined) return stream.push(message);
    if (/list_changed$|\/updated$/.test(message.method)) {
      return this.announce(message);
    }
    [...this.calls.values()].findLast((call) => call.open)?.push(message);
  }

  /**
   * Asks the client on behalf of a server: sampling, elicitation or roots.
   * @param source the connection's end that asks, so that it can withdraw the question
   * @returns the client's answer, or an error outcome when it lacks the capability or does not answer in time
   */
  ask(request: JsonRpcRequest, source: object, owner?: Call): Promise<Outcome> {
    const capability = CLIENT_METHODS[request.method as keyof typeof CLIENT_METHODS];
    if (capability === undefined) {
      return Promise.resolve({ error: new NodeError('MCPHUB_METHOD_UNKNOWN', { method: request.method }).rpcError });
    }
    if (this.client?.capabilities[capability] === undefined) {
      return Promise.resolve({ error: new NodeError('MCPHUB_CLIENT_CAPABILITY', { capability }).rpcError });
    }
    if (this.#questions.size >= CONFIG.maxQuestions) {
      return Promise.resolve({ error: new NodeError('MCPHUB_QUESTIONS', { limit: CONFIG.maxQuestions }).rpcError });
    }
    this.#counter += 1;
    // An answer that comes to another node after the session has moved must not meet a question there.
    const id = `hub-${QUESTIONER}-${this.#counter}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const fields = { method: request.method, seconds: this.#answerTimeout / 1000 };
        this.#settle(id, { error: new NodeError('MCPHUB_CLIENT_AWAY', fields).rpcError });
      }, this.#answerTimeout);
      timer.unref();
      const message = { ...request, id };
      const outlet = owner?.open ? owner : this.#stream();
      this.#questions.set(id, { resolve, timer, source, sourceId: request.id, outlet });
      if (outlet === undefined) this.#keep(id, message);
      else outlet.push(message);
    });
  }

  /** Asks whether the client is there. Its answer is a sign of life like anything else that it sends, so nobody waits for it. */
  ping(unanswered: number, now: number): void {
    this.#counter += 1;
    this.pinged = { at: now, unanswered };
    this.#stream()?.push({ jsonrpc: '2.0', id: `hub-${QUESTIONER}-${this.#counter}`, method: 'ping' });
  }

  /** A server takes a question back (specification: basic/utilities/cancellation); the client is told where it was asked. */
  withdraw(source: object, { requestId, reason }: { requestId?: unknown; reason?: unknown } = {}): void {
    for (const [id, question] of this.#questions) {
      if (question.source !== source || !isSameId(question.sourceId, requestId)) continue;
      const outlet = question.outlet?.open ? question.outlet : this.#stream();
      const why = typeof reason === 'string' ? { reason } : {};
      outlet?.push(notification('notifications/cancelled', { requestId: id, ...why }));
      this.#settle(id, { error: new NodeError('MCPHUB_CANCELLED').rpcError });
    }
  }

  /** The client's answer to a question; answers to nothing are dropped. */
  answered(response: JsonRpcResponse): void {
    if (response.id === null) return;
    this.#settle(response.id, isFailure(response) ? { error: response.error } : { result: response.result });
  }

  /** Ends the streams alone; the client opens them again, here or elsewhere. */
  endStreams(): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  /** The next stream begins with this, once, however often it was said. */
  announce(message: JsonRpcNotification): void {
    this.#keep(`${message.method} ${message.params?.uri ?? ''}`, message);
  }

  /** Ends calls, questions and streams. */
  close(reason: string): void {
    this.closed = true;
    for (const call of [...this.calls.values()]) call.abandon(reason);
    for (const id of [...this.#questions.keys()]) {
      this.#settle(id, { error: new NodeError('MCPHUB_SESSION_NOT_FOUND').rpcError });
    }
    this.endStreams();
  }

  #settle(id: RequestId, outcome: Outcome): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    this.#backlog.delete(String(id));
    clearTimeout(question.timer);
    question.resolve(outcome);
  }

  #stream(): EventStream | undefined {
    return this.#streams.findLast((stream) => stream.open);
  }

  #keep(key: string, message: JsonRpcMessage): void {
    if (this.#backlog.size < CONFIG.backlogPerSession) this.#backlog.set(key, message);
  }
}
