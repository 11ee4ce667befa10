import { isTooDeep } from '../../mcp/json.ts';
import { failure, isFailure, isResponse, type JsonRpcMessage, type RequestId } from '../../mcp/jsonrpc.ts';
import type { Inbox } from './channel.ts';
import { type ServerErrorCode, serverError } from './errors.ts';

interface ExchangeContext {
  /** The server's name in the settings. */
  server: string;
  deliver(message: JsonRpcMessage, related: RequestId): void;
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
    if (isResponse(message) && String(message.id) === String(this.id)) this.done = true;
    this.#context.deliver(message, this.id);
  }

  invalid(problem: string, id?: RequestId): void {
    this.#context.warn(problem);
    if (id === this.id) this.#fail('MCPHUB_SERVER_BAD_ANSWER', { server: this.#context.server, problem });
  }

  /**
   * Takes the JSON-RPC error that came as the body of an HTTP error; such a body may lack the id.
   * @returns whether it was one
   */
  refusedBy(body: string): boolean {
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return false;
    }
    if (isTooDeep(body) || !isResponse(value) || !isFailure(value) || (value.id !== null && value.id !== this.id))
      return false;
    this.message({ ...value, id: this.id });
    return true;
  }

  /** The server answered, but with nothing of use. */
  unanswered(reason: string): void {
    this.#fail('MCPHUB_SERVER_NO_ANSWER', { reason });
  }

  /** Nobody knows whether the request was carried out. */
  lost(reason: string): void {
    this.#fail('MCPHUB_SERVER_LOST', { reason });
  }

  abort(): void {
    this.done = true;
    this.#abort.abort();
  }

  #fail(code: ServerErrorCode, fields: Record<string, string>): void {
    if (this.done) return;
    this.done = true;
    const error = serverError(code, fields);
    this.#context.deliver(failure(this.id, error.code, error.message, error.data), this.id);
  }
}
