import type { JsonRpcMessage } from '../../mcp/jsonrpc.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import { CONFIG } from '../config.ts';
import type { CallOutlet } from '../sessions/call.ts';
import type { Session } from '../sessions/session.ts';
import type { EventStream } from './event-stream.ts';
import { type Answer, answerText } from './outlet.ts';

/**
 * All that goes to the client of an HTTP+SSE session goes over its one stream. When the session was re-created here because of
 * a POST, its stream is about to follow; until then, messages are held.
 */
class SseOutlet implements CallOutlet {
  #stream: EventStream | undefined;
  #held: string[] = [];

  get open(): boolean {
    return this.#stream?.open ?? true;
  }

  /** From now on everything goes out on this stream. */
  attach(stream: EventStream): void {
    this.#stream = stream;
    for (const text of this.#held.splice(0)) stream.write(text);
  }

  push(message: JsonRpcMessage): void {
    this.#write(encodeEvent(JSON.stringify(message)));
  }

  answer(answer: Answer): void {
    this.#write(encodeEvent(answerText(answer)));
  }

  /** @param text begins with a colon */
  comment(text: string): void {
    this.#write(`${text}\n\n`);
  }

  /** Nothing is owed on a stream that goes on. */
  skip(): void {}

  #write(text: string): void {
    if (this.#stream !== undefined) this.#stream.write(text);
    else if (this.#held.length < CONFIG.backlogPerSession) this.#held.push(text);
  }
}

const outlets = new WeakMap<Session, SseOutlet>();

/** The outlet of an HTTP+SSE session. */
export function outletOf(session: Session): SseOutlet {
  const known = outlets.get(session);
  if (known !== undefined) return known;
  const outlet = new SseOutlet();
  outlets.set(session, outlet);
  return outlet;
}
