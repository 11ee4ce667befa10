import { EVENT_STREAM_HEADERS } from '../../mcp/headers.ts';
import type { JsonRpcErrorObject, JsonRpcMessage } from '../../mcp/jsonrpc.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import type { HubResponse } from './carried.ts';
import { writeBounded } from './event-stream.ts';
import { type Answer, answerText, beforeResult, type Outlet, type PreparedResponse } from './outlet.ts';

/**
 * The response to one POST. It stays plain JSON until there is something to say before the last answer: a
 * notification, a server's request, or a long silence. Then it becomes an event stream
 * (specification 2025-11-25, basic/transports, "Sending Messages to the Server").
 */
export class Reply implements Outlet {
  readonly #response: HubResponse;
  readonly #batch: boolean;
  readonly #statusOf: (error: JsonRpcErrorObject) => number;
  readonly #silence: NodeJS.Timeout;
  readonly #held: Answer[] = [];
  #pending: number;
  #streaming = false;

  /**
   * @param pending how many answers are due
   * @param batch whether the request was an array, so that a plain answer must be one too
   * @param statusOf HTTP status of an error that is the whole answer; 200 if left out
   * @param silence milliseconds after which an unanswered POST becomes a stream
   */
  constructor(
    response: HubResponse,
    options: { pending: number; batch: boolean; silence: number; statusOf?: (error: JsonRpcErrorObject) => number },
  ) {
    this.#response = response;
    this.#pending = options.pending;
    this.#batch = options.batch;
    this.#statusOf = options.statusOf ?? (() => 200);
    this.#silence = setTimeout(() => this.#stream(), options.silence);
    this.#silence.unref();
  }

  get open(): boolean {
    return this.#pending > 0 && !this.#response.destroyed;
  }

  push(message: JsonRpcMessage): void {
    if (!this.open) return;
    this.#stream();
    this.#write(encodeEvent(JSON.stringify(message)));
  }

  answer(answer: Answer): void {
    this.#settle(answer);
  }

  /** A request that needs no answer any more: it was cancelled. */
  skip(): void {
    this.#stream();
    this.#settle(undefined);
  }

  #settle(answer: Answer | undefined): void {
    if (this.#pending === 0) return;
    this.#pending -= 1;
    if (answer !== undefined) {
      if (this.#streaming) this.#write(encodeEvent(answerText(answer)));
      else this.#held.push(answer);
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
    const [first] = this.#held;
    if (!this.#batch && first !== undefined && 'prepared' in first) return this.#endPrepared(first);
    const texts = this.#held.map(answerText);
    const body = this.#batch ? `[${texts.join(',')}]` : texts.join('');
    const status = !this.#batch && first !== undefined && 'error' in first ? this.#statusOf(first.error) : 200;
    this.#writeJsonHead(status, Buffer.byteLength(body));
    this.#response.end(body);
  }

  #endPrepared(answer: PreparedResponse): void {
    const before = beforeResult(answer);
    this.#writeJsonHead(200, Buffer.byteLength(before) + answer.prepared.length + 1);
    this.#response.cork();
    this.#response.write(before);
    this.#response.write(answer.prepared);
    this.#response.end('}');
    this.#response.uncork();
  }

  #writeJsonHead(status: number, length: number): void {
    this.#response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': length,
    });
  }

  #write(text: string): void {
    if (!this.#response.destroyed) writeBounded(this.#response, text);
  }

  #stream(): void {
    if (this.#streaming || this.#response.destroyed) return;
    clearTimeout(this.#silence);
    this.#streaming = true;
    this.#response.writeHead(200, EVENT_STREAM_HEADERS);
    this.#response.flushHeaders();
    for (const answer of this.#held.splice(0)) this.#write(encodeEvent(answerText(answer)));
  }
}
