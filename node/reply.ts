import type { ServerResponse } from 'node:http';
import { EVENT_STREAM_HEADERS } from '../mcp/headers.ts';
import type { JsonRpcMessage } from '../mcp/jsonrpc.ts';
import { encodeEvent } from '../mcp/sse.ts';
import { type Answer, answerText, type Outlet } from './outlet.ts';

/**
 * The response to one POST. It stays plain JSON until there is something to say before the last answer: a
 * notification, a server's request, or a long silence. Then it becomes an event stream
 * (specification 2025-11-25, basic/transports, "Sending Messages to the Server").
 */
export class Reply implements Outlet {
  readonly #response: ServerResponse;
  readonly #batch: boolean;
  readonly #headers: Record<string, string>;
  readonly #silence: NodeJS.Timeout;
  readonly #held: string[] = [];
  #pending: number;
  #streaming = false;

  /**
   * @param pending how many answers are due
   * @param batch whether the request was an array, so that a plain answer must be one too
   * @param silence milliseconds after which an unanswered POST becomes a stream
   */
  constructor(
    response: ServerResponse,
    options: { pending: number; batch: boolean; silence: number; headers?: Record<string, string> },
  ) {
    this.#response = response;
    this.#pending = options.pending;
    this.#batch = options.batch;
    this.#headers = options.headers ?? {};
    this.#silence = setTimeout(() => this.#stream(), options.silence);
    this.#silence.unref();
  }

  get open(): boolean {
    return this.#pending > 0 && !this.#response.destroyed;
  }

  push(message: JsonRpcMessage): void {
    if (!this.open) return;
    this.#stream();
    this.#response.write(encodeEvent(JSON.stringify(message)));
  }

  answer(answer: Answer): void {
    this.#settle(answerText(answer));
  }

  /** A request that needs no answer any more: it was cancelled. */
  skip(): void {
    this.#stream();
    this.#settle(undefined);
  }

  #settle(text: string | undefined): void {
    if (this.#pending === 0) return;
    this.#pending -= 1;
    if (text !== undefined && !this.#response.destroyed) {
      if (this.#streaming) this.#response.write(encodeEvent(text));
      else this.#held.push(text);
    }
    if (this.#pending === 0) this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#silence);
    if (this.#response.destroyed) return;
    if (this.#streaming) {
      this.#response.end();
      return;
    }
    const body = this.#batch ? `[${this.#held.join(',')}]` : (this.#held[0] ?? '');
    this.#response.writeHead(200, {
      ...this.#headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    this.#response.end(body);
  }

  #stream(): void {
    if (this.#streaming || this.#response.destroyed) return;
    clearTimeout(this.#silence);
    this.#streaming = true;
    this.#response.writeHead(200, { ...this.#headers, ...EVENT_STREAM_HEADERS });
    this.#response.flushHeaders();
    for (const text of this.#held.splice(0)) this.#response.write(encodeEvent(text));
  }
}
