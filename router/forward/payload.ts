import type { IncomingMessage } from 'node:http';
import { type RequestId, requestIds } from '../../mcp/jsonrpc.ts';
import { type Body, drain, StreamedBody } from '../edge/body.ts';
import type { RequestHead } from '../edge/head.ts';
import { pinnedTo } from './pinned-to.ts';
import { isRepeatable } from './repeatable.ts';

/** The body of an exchange's request, as far as it is there: to be sent, perhaps again, and to be answered for. */
export class Payload {
  readonly #method: string;
  readonly #maxValues: number;
  #held: Buffer | undefined;
  /** A body that was too long to be held; it passes once. */
  #streamed: StreamedBody | undefined;
  #gone = false;
  #pinned: { to: string | undefined } | undefined;

  /** @param maxValues see `parseMessage`; of a body that has more, the node says so */
  constructor(method: string, maxValues: number) {
    this.#method = method;
    this.#maxValues = maxValues;
  }

  set(body: Body): void {
    if (body instanceof StreamedBody) this.#streamed = body;
    else this.#held = body;
  }

  /** Whether it can still be sent as a whole, and again after that. */
  get whole(): boolean {
    return this.#streamed === undefined && !this.#gone;
  }

  /** Whether it can be sent at all. A stream that nobody has read from is as good as new. */
  get sendable(): boolean {
    return !this.#gone && (this.#streamed === undefined || !this.#streamed.readableDidRead);
  }

  get streamed(): boolean {
    return this.#streamed !== undefined;
  }

  /** What to send. */
  get body(): Buffer | StreamedBody | null {
    return this.#streamed ?? this.#held ?? null;
  }

  /** Ids of its requests, as far as they have been read. */
  get ids(): readonly RequestId[] {
    if (this.#streamed !== undefined) return this.#streamed.ids;
    return this.#held === undefined ? [] : requestIds(this.#held, this.#maxValues);
  }

  /** See {@link pinnedTo}; looked for once. */
  pinnedTo(head: RequestHead): string | undefined {
    this.#pinned ??= { to: pinnedTo(head, this.#held, this.#maxValues) };
    return this.#pinned.to;
  }

  /** See {@link isRepeatable}. */
  isRepeatable(isSafeTool: (name: string) => boolean): boolean {
    return isRepeatable(this.#method, this.whole ? this.#held : false, isSafeTool, this.#maxValues);
  }

  /** Lets what still comes from the client pass into nothing, so that it gets to see the answer. */
  discard(req: IncomingMessage): void {
    this.#gone = true;
    if (this.#streamed === undefined) return;
    req.unpipe(this.#streamed);
    this.#streamed.destroy();
    drain(req);
  }

  destroy(): void {
    this.#gone = true;
    this.#streamed?.destroy();
  }
}
