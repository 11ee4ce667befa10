import type { IncomingHttpHeaders } from 'node:http';
import type { JsonRpcMessage, JsonRpcNotification, JsonRpcRequest, RequestId } from '../../mcp/jsonrpc.ts';
import { isId, notification } from '../../mcp/jsonrpc.ts';
import { withoutEnvelope } from '../../mcp/modern.ts';
import type { Answer, Outlet } from '../http/outlet.ts';
import { NodeError } from '../node-error.ts';
import type { Caller } from './caller.ts';
import type { Session } from './session.ts';

/** Where the answer of a call goes, beside what is said before it. */
export interface CallOutlet extends Outlet {
  answer(answer: Answer): void;
  /** The call with this id was cancelled: no answer is owed. */
  skip(id: RequestId): void;
}

/**
 * One request of a client in flight. It is the owner of the requests that it causes at servers, so that progress,
 * logs and questions of a server find their way back to the stream of this request and to no other.
 */
export class Call {
  readonly caller: Caller;
  readonly id: RequestId;
  readonly method: string;
  readonly params: Record<string, unknown> | undefined;
  /** Of the HTTP request that brought it, names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly #outlet: CallOutlet;
  #abort: AbortController | undefined;
  /** Answered, or no answer is owed: whatever comes now is for nobody. */
  #done = false;
  #stopped: string | undefined;

  constructor(caller: Caller, request: JsonRpcRequest, outlet: CallOutlet, headers: IncomingHttpHeaders = {}) {
    this.caller = caller;
    this.id = request.id;
    this.method = request.method;
    this.params = request.params;
    this.#outlet = outlet;
    this.headers = headers;
  }

  /** For methods that only sessions have. */
  get session(): Session {
    if (this.caller.modern !== undefined) throw new NodeError('MCPHUB_METHOD_UNKNOWN', { method: this.method });
    return this.caller as Session;
  }

  get open(): boolean {
    return !this.#done && this.#outlet.open;
  }

  /** Aborts when the client cancels the call or its session ends; aborted already when that came first. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#stopped !== undefined) this.#abort.abort(this.#stopped);
    }
    return this.#abort.signal;
  }

  /** How to report progress, if the client asked for it (specification: basic/utilities/progress). */
  get onProgress(): ((params: Record<string, unknown>) => void) | undefined {
    const token = progressToken(this.params);
    if (token === undefined) return undefined;
    return (params) => this.push(notification('notifications/progress', { ...params, progressToken: token }));
  }

  /** Something to say before the answer. Nothing is said after it. */
  push(message: JsonRpcMessage | JsonRpcNotification): void {
    if (this.#done) return;
    this.#outlet.push(this.caller.modern !== undefined && 'method' in message ? ofModern(message) : message);
  }

  /** Ends the call, unless it has ended already. */
  answer(answer: Answer): void {
    if (this.#done) return;
    this.#done = true;
    this.#outlet.answer(answer);
  }

  /** The client wants no answer any more, and gets none (specification: basic/utilities/cancellation). */
  cancel(reason: string): void {
    if (this.#done) return;
    this.#done = true;
    this.#outlet.skip(this.id);
    this.#stop(reason);
  }

  /** The session ends under the call: the client, if it still waits, is told so. */
  abandon(reason: string): void {
    this.answer(new NodeError('MCPHUB_CANCELLED').response(this.id));
    this.#stop(reason);
  }

  #stop(reason: string): void {
    this.#stopped = reason;
    this.#abort?.abort(reason);
  }
}

/** A notification of a server of older revisions, without what only those say. */
function ofModern<T extends JsonRpcNotification>(message: T): T {
  const params = withoutEnvelope(message.params, 'legacy');
  return params === message.params ? message : { ...message, params };
}

function progressToken(params: Record<string, unknown> | undefined): RequestId | undefined {
  const meta = params?._meta;
  if (typeof meta !== 'object' || meta === null) return undefined;
  const token = (meta as Record<string, unknown>).progressToken;
  return isId(token) ? token : undefined;
}
