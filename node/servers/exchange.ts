import {
  failure,
  isFailure,
  isResponse,
  type JsonRpcFailure,
  type JsonRpcMessage,
  type RequestId,
} from '../../mcp/jsonrpc.ts';
import { plainNumber } from '../../mcp/numbers.ts';
import type { Inbox } from './channel.ts';
import { type ServerErrorCode, serverError } from './errors.ts';
import { failureIn } from './refusal.ts';

interface ExchangeContext {
  /** The server's name in the settings. */
  server: string;
  deliver(message: JsonRpcMessage, related: RequestId): void;
  /** Delivers the error that is the answer, once it is clear what that says of the session. */
  failed(message: JsonRpcFailure, related: RequestId): void;
  warn(problem: string): void;
}

/** One request of ours to a remote server, from its POST to its answer, on however many streams that comes. */
export class Exchange implements Inbox {
  readonly id: RequestId;
  /** Answered, failed or given up: what comes now is for nobody. */
  done = false;
  readonly #context: ExchangeContext;
  readonly #abort = new AbortController();

  constructor(id: RequestId, context: ExchangeContext) {
    this.id = id;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  message(message: JsonRpcMessage): void {
    if (this.#abort.signal.aborted) return;
    if (!isResponse(message)) return this.#context.deliver(message, this.id);
    const failed = isFailure(message);
    // An error without an id is about the request that it answers.
    if (this.#isOf(message.id) || (failed && message.id === null)) this.done = true;
    if (failed && this.done) this.#context.failed({ ...message, id: this.id }, this.id);
    else this.#context.deliver(message, this.id);
  }

  invalid(problem: string, id?: RequestId): void {
    this.#context.warn(problem);
    if (id !== undefined && this.#isOf(id))
      this.#fail('MCPHUB_SERVER_BAD_ANSWER', { server: this.#context.server, problem });
  }

  /**
   * Takes the JSON-RPC error that came as the body of an HTTP error; such a body may lack the id.
   * @returns whether it was one
   */
  refusedBy(body: string): boolean {
    const said = failureIn(body);
    if (said === undefined || (said.id !== null && !this.#isOf(said.id))) return false;
    if (this.#abort.signal.aborted) return true;
    this.done = true;
    this.#context.deliver({ ...said, id: this.id }, this.id);
    return true;
  }

  /** The server answered, but with nothing of use. */
  unanswered(reason: string): void {
    this.#fail('MCPHUB_SERVER_NO_ANSWER', { reason }, 'failed');
  }

  /** Nobody knows whether the request was carried out. */
  lost(reason: string): void {
    this.#fail('MCPHUB_SERVER_LOST', { reason });
  }

  abort(): void {
    this.done = true;
    this.#abort.abort();
  }

  /** Servers that answer with the id as a text, or as another spelling of the number, are understood. */
  #isOf(id: RequestId | null): boolean {
    return String(plainNumber(id)) === String(this.id);
  }

  #fail(code: ServerErrorCode, fields: Record<string, string>, how: 'deliver' | 'failed' = 'deliver'): void {
    if (this.done) return;
    this.done = true;
    const error = serverError(code, fields);
    this.#context[how](failure(this.id, error.code, error.message, error.data), this.id);
  }
}
