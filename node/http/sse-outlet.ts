import type { JsonRpcMessage, RequestId } from '../../mcp/jsonrpc.ts';
import { ANSWERED_COMMENT, encodeEvent, POSTED_COMMENT } from '../../mcp/sse.ts';
import type { CallOutlet } from '../sessions/call.ts';
import type { EventStream } from './event-stream.ts';
import { type Answer, answerText } from './outlet.ts';

/**
 * All of an HTTP+SSE session goes over its one stream. Comments tell the coordinator that carries it which requests wait for
 * an answer on it, wherever they were posted.
 */
export class SseOutlet implements CallOutlet {
  readonly #stream: EventStream;

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  get open(): boolean {
    return this.#stream.open;
  }

  push(message: JsonRpcMessage): void {
    this.#stream.push(message);
  }

  /** A request came in. */
  posted(id: RequestId): void {
    this.#stream.write(`${POSTED_COMMENT}${JSON.stringify(id)}\n\n`);
  }

  answer(answer: Answer): void {
    this.#stream.write(`${encodeEvent(answerText(answer))}${ANSWERED_COMMENT}${JSON.stringify(answer.id)}\n\n`);
  }

  /** Nothing is owed on a stream that goes on. */
  skip(id: RequestId): void {
    this.#stream.write(`${ANSWERED_COMMENT}${JSON.stringify(id)}\n\n`);
  }
}
