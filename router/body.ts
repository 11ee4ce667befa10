import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { ROUTER_DEFAULTS } from './config.ts';
import type { RequestHead } from './head.ts';

/**
 * What became of a request's body: all of it in memory (undefined when empty), or a stream with what has already been
 * read in front.
 */
export type Body = Buffer | Transform | undefined;

export interface BodyReader {
  /** Called once, when the body is in memory or turned out to be too long for that. */
  onBody(body: Body): void;
  /** Called at most once, as soon as the body is over the limit, even after `onBody` got a stream. */
  onTooLarge(): void;
}

/** Reads a body: small ones whole, so that they can be sent again, others as a stream with a limit. */
export function readBody(req: IncomingMessage, head: RequestHead, reader: BodyReader): void {
  const { contentLength } = head;
  if (contentLength === 0 || (contentLength === undefined && !head.chunked)) return reader.onBody(undefined);
  if (contentLength !== undefined && contentLength > ROUTER_DEFAULTS.maxBodySize) return reader.onTooLarge();
  if (contentLength !== undefined && contentLength > ROUTER_DEFAULTS.heldBodySize) return stream(req, [], reader);
  hold(req, reader);
}

function hold(req: IncomingMessage, reader: BodyReader): void {
  const chunks: Buffer[] = [];
  let size = 0;
  function onData(chunk: Buffer): void {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= ROUTER_DEFAULTS.heldBodySize) return;
    req.off('data', onData);
    req.off('end', onEnd);
    stream(req, chunks, reader);
  }
  function onEnd(): void {
    reader.onBody(chunks.length === 1 ? chunks[0] : chunks.length === 0 ? undefined : Buffer.concat(chunks, size));
  }
  req.on('data', onData);
  req.on('end', onEnd);
}

function stream(req: IncomingMessage, read: readonly Buffer[], reader: BodyReader): void {
  let size = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length;
      if (size <= ROUTER_DEFAULTS.maxBodySize) return callback(null, chunk);
      req.unpipe(limited);
      reader.onTooLarge();
      callback(new Error('request body too large'));
    },
  });
  limited.on('error', () => {});
  for (const chunk of read) limited.write(chunk);
  req.pipe(limited);
  reader.onBody(limited);
}

/** Reads and drops what a client still sends after it was refused, so that it gets to see the answer. */
export function drain(req: IncomingMessage): void {
  let dropped = 0;
  req.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > 8 * ROUTER_DEFAULTS.maxBodySize) req.destroy();
  });
  req.resume();
}
