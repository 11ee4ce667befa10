import { EVENT_STREAM_HEADERS } from '../../mcp/headers.ts';
import type { JsonRpcMessage } from '../../mcp/jsonrpc.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import { CONFIG } from '../config.ts';
import type { HubResponse } from './carried.ts';
import { type Answer, answerText, type Outlet } from './outlet.ts';

/** A session's own stream: a GET of Streamable HTTP, or the one stream of legacy HTTP+SSE. Its head is sent at once. */
export class EventStream implements Outlet {
  readonly #response: HubResponse;

  /** @param onClose called once when either side has closed the stream */
  constructor(response: HubResponse, onClose: () => void) {
    this.#response = response;
    response.writeHead(200, EVENT_STREAM_HEADERS);
    response.flushHeaders();
    response.once('close', onClose);
  }

  get open(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  push(message: JsonRpcMessage): void {
    this.write(encodeEvent(JSON.stringify(message)));
  }

  answer(answer: Answer): void {
    this.write(encodeEvent(answerText(answer)));
  }

  write(text: string): void {
    if (this.open) writeBounded(this.#response, text);
  }

  end(): void {
    if (this.open) this.#response.end();
  }
}

/** Writes to a client; one that reads so slowly that too much waits for it is cut off. */
export function writeBounded(response: HubResponse, text: string): void {
  if (response.writableLength > CONFIG.maxUnreadBytes) response.destroy();
  else response.write(text);
}
