import type { IncomingHttpHeaders } from 'node:http';
import { NOT_STARTED } from '../../mcp/headers.ts';
import { endsAtBoundary } from '../../mcp/sse.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import type { WireControl, WireHandler } from '../wire/contract.ts';
import type { EndpointRewriter } from './endpoint-event.ts';
import type { Exchange } from './exchange.ts';
import { PostedComments } from './posted-comments.ts';
import { isEventStream, passHeaders } from './response-head.ts';
import { isProbe, misleads, staysOpen } from './stays-open.ts';
import type { OpenStream, StalledResponse } from './streams.ts';

/**
 * Bodies up to this many bytes are handed over as latin1 text, byte for byte the same: Node then writes head and body by one
 * plain write, which costs about half of a gathering one.
 */
const ONE_WRITE = 8 * 1024;

/**
 * One request on its way to one node, and the answer on its way back. Bytes pass untouched and with
 * back-pressure. The head of an answer that is no stream waits for its first byte, so that both leave in one packet
 * and a node that dies in between can still be answered for.
 */
export class Attempt implements WireHandler, OpenStream, StalledResponse {
  readonly exchange: Exchange;
  readonly node: NodeEntry;
  readonly res: Exchange['res'];
  /** The request has begun to be written. */
  sent = false;
  /** The answer's head has been written. */
  answered = false;
  /** The answer's head has come. */
  heard = false;
  eventStream = false;
  lastWrite = 0;
  atBoundary = true;
  stalledSince = 0;
  readonly #begunAt = performance.now();
  /** Counts as work that the node has. */
  readonly #counted: boolean;
  #control: WireControl | undefined;
  /** Given up: whatever is still reported is not of interest. */
  #over = false;
  #status = 0;
  #head: string[] | undefined;
  #rewriter: EndpointRewriter | undefined;
  #posted: PostedComments | undefined;
  /** Declared length of the body, and the body when it came in one piece. */
  #length = -1;
  #whole: Whole | undefined;
  #tail: Buffer | undefined;

  constructor(exchange: Exchange, node: NodeEntry) {
    this.exchange = exchange;
    this.node = node;
    this.res = exchange.res;
    // A stream that goes on after its node was lost has its head already.
    this.answered = exchange.res.headersSent;
    this.#counted = !staysOpen(exchange);
    if (this.#counted) node.inFlight++;
  }

  get session(): Exchange['session'] {
    return this.exchange.session;
  }

  /** Milliseconds since it began. */
  get age(): number {
    return performance.now() - this.#begunAt;
  }

  /** Ends the request at the node; nothing more will be reported. */
  abort(): void {
    if (this.#over) return;
    this.#close();
    this.#control?.abort(new Error('the client is gone'));
  }

  /** The client does not read. */
  cutOff(): void {
    this.exchange.context.log.warn({ node: this.node.id }, 'Client does not read its response and was cut off');
    this.abort();
    this.res.destroy();
  }

  onRequestStart(control: WireControl): void {
    this.#control = control;
    this.sent = true;
    if (this.#over) control.abort(new Error('the client is gone'));
  }

  onResponseStart(control: WireControl, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#over) return;
    this.heard = true;
    const notStarted = headers[NOT_STARTED];
    const reason = typeof notStarted === 'string' ? notStarted : undefined;
    if (status === 503 && this.exchange.moveFrom(this, reason)) {
      this.abandon(control);
      return;
    }
    if ((this.answered && status !== 200) || (misleads(status) && isProbe(this.exchange)))
      return this.fail(new Error(`it answered ${status}`));
    this.#status = status;
    this.eventStream = isEventStream(headers);
    const { rewriter, extra } = this.exchange.onAnswer(this.node, status, headers);
    this.#rewriter = rewriter;
    if (this.node.ours && rewriter !== undefined) this.#posted = this.#followPosted();
    this.#head = passHeaders(headers, this.eventStream, rewriter !== undefined);
    for (const text of extra) this.#head.push(text);
    const length = headers['content-length'];
    if (length !== undefined && rewriter === undefined) this.#length = Number(length);
    if (this.eventStream) this.#openStream();
  }

  onResponseData(control: WireControl, chunk: Buffer): void {
    if (this.#over) return;
    if (chunk.length === this.#length) {
      this.#whole = kept(chunk);
      return;
    }
    const copy = Buffer.from(chunk);
    const bytes = this.#rewriter === undefined ? copy : this.#rewriter.push(copy);
    if (bytes === undefined) return;
    if (this.#rewriter?.done === true) this.#rewriter = undefined;
    this.#writeHead();
    if (this.eventStream) this.#noteWrite(bytes);
    if (!this.res.write(bytes)) this.#stall(control);
    // After the bytes have gone out: the stream may end with what they answered.
    this.#posted?.push(bytes);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    if (this.eventStream && this.exchange.continueStream(this, new Error('it ended the stream'))) return this.#close();
    this.#writeHead();
    const rest = this.#rewriter?.flush() ?? this.#whole;
    this.#close();
    if (typeof rest === 'string') this.res.end(rest, 'latin1');
    else this.res.end(rest);
  }

  /** Ends the request as if its connection had broken. */
  fail(error: Error): void {
    if (this.#over) return;
    this.#close();
    this.#control?.abort(error);
    this.exchange.onFailure(this, error);
  }

  onResponseError(_control: WireControl | undefined, error: Error): void {
    if (this.#over) return;
    this.#close();
    this.exchange.guard('end of a connection', () => this.exchange.onFailure(this, error));
  }

  /** Gives this attempt up because another one takes its place. */
  abandon(control: WireControl): void {
    this.#close();
    control.abort(new Error('sent to another node'));
  }

  /** A client reads again. */
  resume(): void {
    if (this.stalledSince === 0) return;
    this.stalledSince = 0;
    this.exchange.context.keeper.stalled.delete(this);
    this.#control?.resume();
  }

  #stall(control: WireControl): void {
    if (this.stalledSince !== 0) return;
    this.stalledSince = performance.now();
    control.pause();
    const { keeper } = this.exchange.context;
    keeper.stalled.add(this);
    keeper.wake();
    this.res.once('drain', () => this.exchange.guard('end of a stall', () => this.resume()));
  }

  #followPosted(): PostedComments {
    const { context } = this.exchange;
    return new PostedComments({
      onPosted: (id) => context.posted.note(this.exchange.session?.id ?? '', [id]),
      onAnswered: (id) => context.posted.answered(this.exchange.session?.id ?? '', id),
    });
  }

  #openStream(): void {
    const { keeper, metrics } = this.exchange.context;
    this.lastWrite = performance.now();
    keeper.streams.add(this);
    keeper.wake();
    metrics.streamOpened();
    // What came with the head is handed over before the next tick and then leaves in the same packet.
    process.nextTick(flushHead, this);
  }

  /** Writes the head if nothing has been written yet. */
  flush(): void {
    if (this.#over || this.answered) return;
    this.#writeHead();
    this.res.flushHeaders();
  }

  #writeHead(): void {
    if (this.answered) return;
    this.answered = true;
    this.res.writeHead(this.#status, this.#head);
  }

  #noteWrite(bytes: Buffer): void {
    this.lastWrite = performance.now();
    const seen = bytes.length >= 3 || this.#tail === undefined ? bytes : Buffer.concat([this.#tail, bytes]);
    this.atBoundary = endsAtBoundary(seen);
    // A copy: the chunk is part of a large buffer that must not live as long as the stream.
    this.#tail = this.atBoundary ? undefined : Buffer.from(seen.subarray(-3));
  }

  #close(): void {
    if (this.#counted && !this.#over) this.node.inFlight--;
    this.#over = true;
    const { keeper, metrics } = this.exchange.context;
    if (this.eventStream && keeper.streams.delete(this)) metrics.streamClosed();
    if (this.stalledSince !== 0) keeper.stalled.delete(this);
  }
}

/** A body that came whole, in a form that stays. */
type Whole = Buffer | string;

function kept(body: Buffer): Whole {
  return body.length <= ONE_WRITE ? body.toString('latin1') : Buffer.from(body);
}

function flushHead(attempt: Attempt): void {
  attempt.exchange.guard('head of a stream', () => attempt.flush());
}
