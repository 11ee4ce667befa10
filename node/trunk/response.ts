import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Batch } from '../../cluster/trunk/batch.ts';
import {
  type AnswerFrameHead,
  encodeDataPrefix,
  encodeFrame,
  KIND,
  MAX_FRAME_BODY,
  utf8Bytes,
  WINDOW,
} from '../../cluster/trunk/frames.ts';
import type { HubResponse, WholeRequest } from '../http/carried.ts';

/** What carries a response. */
export interface Carrier {
  readonly batch: Batch;
  /** The response has something to say and must wait: {@link TrunkResponse.go} is called when the connection takes more. */
  await(response: TrunkResponse): void;
  onOver(response: TrunkResponse): void;
}

/** A response on a trunk. What the other side does not take waits here, and does not hold up the responses beside it. */
export class TrunkResponse extends EventEmitter implements HubResponse {
  readonly id: number;
  readonly req: WholeRequest;
  readonly #carrier: Carrier;
  readonly #headers: AnswerFrameHead[1] = {};
  #status = 200;
  #headOut = false;
  /** Bytes that may be sent before the other side asks for more. */
  #window = WINDOW;
  #corked = false;
  #waiting: Part[] = [];
  headersSent = false;
  writableEnded = false;
  destroyed = false;
  writableLength = 0;

  constructor(id: number, request: WholeRequest, carrier: Carrier) {
    super();
    this.id = id;
    this.req = request;
    this.#carrier = carrier;
  }

  setHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  writeHead(status: number, headers: OutgoingHttpHeaders = {}): this {
    this.#status = status;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) this.#headers[name] = typeof value === 'number' ? String(value) : value;
    }
    this.headersSent = true;
    return this;
  }

  flushHeaders(): void {
    this.headersSent = true;
    if (this.#headOut || this.destroyed) return;
    this.#headOut = true;
    this.#say(encodeFrame(KIND.head, this.id, this.#head()));
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#advance();
  }

  write(chunk: string | Buffer): boolean {
    if (this.destroyed || this.writableEnded) return false;
    this.#push(chunk);
    return this.writableLength === 0;
  }

  end(chunk: string | Buffer = ''): void {
    if (this.destroyed || this.writableEnded) return;
    this.writableEnded = true;
    this.#push(chunk);
  }

  destroy(): void {
    if (this.destroyed) return;
    this.#say(encodeFrame(KIND.abort, this.id));
    this.gone();
  }

  /** The other side wants no more of it, or cannot be told any more. */
  gone(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#waiting = [];
    this.writableLength = 0;
    this.#carrier.onOver(this);
    process.nextTick(emitClose, this);
  }

  /** The other side takes so many bytes more. */
  more(bytes: number): void {
    this.#window += bytes;
    this.#goOrAwait();
  }

  /** Says one frame of what waits. @returns whether more waits and could be said */
  go(): boolean {
    if (this.destroyed) return false;
    const [first] = this.#waiting;
    if (first === undefined) return this.#endIfSaid();
    if (this.#window <= 0) return false;
    const [part, rest] = cut(first);
    if (rest === undefined) this.#waiting.shift();
    else this.#waiting[0] = rest;
    this.writableLength -= part.length;
    this.#window -= part.length;
    if (typeof part === 'string') this.#say(encodeDataPrefix(this.id, part.length) + part);
    else this.#carrier.batch.add(encodeDataPrefix(this.id, part.length), part);
    return this.#waiting.length > 0 || this.#endIfSaid();
  }

  #push(chunk: string | Buffer): void {
    this.headersSent = true;
    const part = partOf(chunk);
    if (part.length > 0) this.#waiting.push(part);
    this.writableLength += part.length;
    if (!this.#corked) this.#advance();
  }

  #advance(): void {
    if (this.destroyed) return;
    if (this.writableEnded && !this.#headOut && this.writableLength <= MAX_FRAME_BODY) return this.#endWhole();
    this.flushHeaders();
    this.#goOrAwait();
  }

  #goOrAwait(): void {
    let more = true;
    while (more && !this.#carrier.batch.full) more = this.go();
    if (more) this.#carrier.await(this);
  }

  /** @returns false: nothing more waits */
  #endIfSaid(): false {
    if (this.writableEnded && !this.destroyed) {
      this.#say(encodeFrame(KIND.end, this.id));
      this.gone();
    }
    return false;
  }

  #endWhole(): void {
    const body = this.#waiting.map(textOf).join('');
    if (this.#status !== 204 && this.#status !== 304) this.#headers['content-length'] = String(body.length);
    this.#say(encodeFrame(KIND.whole, this.id, this.#head(), body));
    this.gone();
  }

  #head(): string {
    const head: AnswerFrameHead = [this.#status, this.#headers];
    return utf8Bytes(JSON.stringify(head));
  }

  #say(frame: string): void {
    this.#carrier.batch.add(frame);
  }
}

/** Some of a body: text of which each character is a byte, or, if it is long, the bytes. */
type Part = string | Buffer;

function partOf(chunk: string | Buffer): Part {
  if (typeof chunk !== 'string') return chunk;
  return chunk.length > MAX_FRAME_BODY ? Buffer.from(chunk) : utf8Bytes(chunk);
}

function textOf(part: Part): string {
  return typeof part === 'string' ? part : part.toString('latin1');
}

/** What fits into one frame, and what is left. */
function cut(part: Part): [Part, rest?: Part] {
  if (part.length <= MAX_FRAME_BODY) return [part];
  return typeof part === 'string'
    ? [part.slice(0, MAX_FRAME_BODY), part.slice(MAX_FRAME_BODY)]
    : [part.subarray(0, MAX_FRAME_BODY), part.subarray(MAX_FRAME_BODY)];
}

function emitClose(response: TrunkResponse): void {
  response.emit('close');
}
