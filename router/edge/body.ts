import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { createIdScanner } from '../../mcp/id-scanner.ts';
import type { RequestId } from '../../mcp/jsonrpc.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RequestHead } from './head.ts';

/**
 * What became of a request's body: all of it in memory (undefined when empty), or a stream with what has already been
 * read in front.
 */
export type Body = Buffer | StreamedBody | undefined;

/** A body on its way through. */
export class StreamedBody extends Transform {
  readonly #scanner = createIdScanner();
  readonly #limit: number;
  readonly #onTooLarge: () => void;
  #size = 0;

  constructor(limit: number, onTooLarge: () => void) {
    super();
    this.#limit = limit;
    this.#onTooLarge = onTooLarge;
    // The end of the request is handled where it is forwarded; without a listener an error would end the process.
    this.on('error', () => {});
  }

  /** Ids of the requests that have passed, for errors. */
  get ids(): readonly RequestId[] {
    return this.#scanner.ids;
  }

  override _transform(chunk: Buffer, _encoding: string, callback: TransformCallback): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.#onTooLarge();
      return callback(new Error('request body too large'));
    }
    this.#scanner.push(chunk);
    callback(null, chunk);
  }
}

export interface BodyReader {
  /** Does what an event of the body leads to; see `cluster/boundary.ts`. */
  guard(entry: string, work: () => void): void;
  /** Called once, when the body is in memory or turned out to be too long for that. */
  onBody(body: Body): void;
  /** Called at most once, as soon as the body is over the limit, even after `onBody` got a stream. */
  onTooLarge(): void;
}

/**
 * Reads a body: small ones whole, so that they can be sent again, others as a stream with a limit.
 * @param held largest size in bytes of what is read whole
 * @param limit largest size of what is read at all
 */
export function readBody(
  req: IncomingMessage,
  head: RequestHead,
  reader: BodyReader,
  { held, limit }: { held: number; limit: number },
): void {
  const { contentLength } = head;
  if (contentLength === 0 || (contentLength === undefined && !head.chunked)) return reader.onBody(undefined);
  if (contentLength !== undefined && contentLength > limit) return reader.onTooLarge();
  if (contentLength !== undefined && contentLength > held) return stream(req, [], reader, limit);
  hold(req, reader, held, limit);
}

function hold(req: IncomingMessage, reader: BodyReader, held: number, limit: number): void {
  const chunks: Buffer[] = [];
  let size = 0;
  function onData(chunk: Buffer): void {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= held) return;
    req.off('data', onData);
    req.off('end', onEnd);
    reader.guard('body of a request', () => stream(req, chunks, reader, limit));
  }
  function onEnd(): void {
    const whole = chunks.length === 1 ? chunks[0] : chunks.length === 0 ? undefined : Buffer.concat(chunks, size);
    reader.guard('body of a request', () => reader.onBody(whole));
  }
  req.on('data', onData);
  req.on('end', onEnd);
}

function stream(req: IncomingMessage, read: readonly Buffer[], reader: BodyReader, limit: number): void {
  const body = new StreamedBody(limit, () => {
    req.unpipe(body);
    reader.guard('body of a request', () => reader.onTooLarge());
  });
  for (const chunk of read) body.write(chunk);
  req.pipe(body);
  reader.onBody(body);
}

/** Reads and drops what a client still sends after it was refused, so that it gets to see the answer. */
export function drain(req: IncomingMessage): void {
  let dropped = 0;
  req.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > ROUTER_DEFAULTS.maxDropped) req.destroy();
  });
  req.resume();
}
