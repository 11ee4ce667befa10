import { pipeline, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { SERVERS } from './config.ts';
import type { RemoteResponse } from './remote.ts';

/** Whatever was written so far comes out at once, as event streams need it, and a body may end without a trailer. */
const ZLIB = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };
const ZSTD = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush };

/** More than one encoding is allowed (RFC 9110, section 8.4), and no server needs it. */
const MAX_ENCODINGS = 2;

/**
 * The body of a response as its server meant it. The hub asks for no encoding, but some servers and gateways compress all the same.
 * Decoded pieces are small and are made as they are read, so whoever reads can bound them.
 * @throws Error with a sentence, at the first read, for an encoding that is not known; the error of the decoder for a body that is not in it
 */
export function decodedBody(response: RemoteResponse): AsyncIterable<Buffer> {
  const { body } = response;
  const encodings = encodingsOf(response);
  if (encodings.length === 0) return body as AsyncIterable<Buffer>;
  return decode(body as AsyncIterable<Buffer>, encodings);
}

async function* decode(body: AsyncIterable<Buffer>, encodings: readonly string[]): AsyncIterable<Buffer> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    if (encodings.length > MAX_ENCODINGS) throw unknownEncoding(encodings.join(', '));
    const first = await iterator.next();
    if (first.done) return;
    const decoders = encodings.map((encoding, index) => decoderOf(encoding, index === 0 ? first.value : undefined));
    const size = { encoded: 0, decoded: 0 };
    const source = counted(first.value, iterator, size);
    for await (const chunk of pipeline([source, ...decoders], () => {}) as unknown as AsyncIterable<Buffer>) {
      size.decoded += chunk.length;
      if (isBomb(size))
        throw new RangeError(`the answer grows more than ${SERVERS.maxGrowth} times when it is decoded`);
      yield chunk;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Bytes. */
interface Size {
  encoded: number;
  decoded: number;
}

async function* counted(first: Buffer, rest: AsyncIterator<Buffer>, size: Size): AsyncIterable<Buffer> {
  for (let chunk = first; ; ) {
    size.encoded += chunk.length;
    yield chunk;
    const next = await rest.next();
    if (next.done) return;
    chunk = next.value;
  }
}

/** Event streams have no end and no length of their own, so their growth is bounded beyond what one message may have. */
function isBomb({ encoded, decoded }: Size): boolean {
  return decoded > SERVERS.maxRemoteMessage && decoded > encoded * SERVERS.maxGrowth;
}

/** In the order in which they are taken off: the last one that was put on comes first. */
function encodingsOf({ headers }: RemoteResponse): string[] {
  const encodings = [headers['content-encoding'] ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim().toLowerCase())
    .filter((value) => value !== '' && value !== 'identity');
  return encodings.reverse();
}

function decoderOf(encoding: string, first: Buffer | undefined): Transform {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(ZLIB);
    case 'deflate':
      // Some servers leave out the header of zlib, whose first byte names method 8.
      return first === undefined || (first[0] ?? 8) % 16 === 8 ? createInflate(ZLIB) : createInflateRaw(ZLIB);
    case 'br':
      return createBrotliDecompress(BROTLI);
    case 'zstd':
      return createZstdDecompress(ZSTD);
    default:
      throw unknownEncoding(encoding);
  }
}

function unknownEncoding(encoding: string): Error {
  return new Error(`its answer has the content encoding '${encoding.slice(0, 40)}', which nobody asked for`);
}
