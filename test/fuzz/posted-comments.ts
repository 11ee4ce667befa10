import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import type { RequestId } from '../../mcp/jsonrpc.ts';
import { ANSWERED_COMMENT, encodeEvent, KEEP_ALIVE, POSTED_COMMENT } from '../../mcp/sse.ts';
import { PostedComments } from '../../router/forward/posted-comments.ts';
import { type Cuts, cuts, inPieces, sameInAnyCut } from './arbitrary/cuts.ts';
import { streamText } from './arbitrary/event-stream.ts';
import { requestId } from './arbitrary/json-rpc.ts';
import { anyText } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

type Told = [what: 'posted' | 'answered', id: RequestId];

function read(bytes: Buffer, sizes: Cuts): Told[] {
  const told: Told[] = [];
  const comments = new PostedComments({
    onPosted: (id) => void told.push(['posted', id]),
    onAnswered: (id) => void told.push(['answered', id]),
  });
  for (const piece of inPieces(bytes, sizes)) comments.push(piece);
  return told;
}

/** What a node writes, with what it tells by that. */
type Written = { text: string; told: Told[] };

const silent = (text: string): Written => ({ text, told: [] });
/** Data of events may look like a comment; it is none. */
const data = fc.oneof(
  anyText(40),
  requestId.map((id) => `${POSTED_COMMENT}${JSON.stringify(id)}`),
  requestId.map((id) => `x\n${ANSWERED_COMMENT}${JSON.stringify(id)}\n`),
  fc.integer({ min: 300, max: 900 }).map((length) => ':'.repeat(length)),
);
const written = fc.oneof<fc.Arbitrary<Written>[]>(
  requestId.map((id) => ({ text: `${POSTED_COMMENT}${JSON.stringify(id)}\n\n`, told: [['posted', id]] })),
  requestId.map((id) => ({ text: `${ANSWERED_COMMENT}${JSON.stringify(id)}\n\n`, told: [['answered', id]] })),
  data.map((text) => silent(encodeEvent(text))),
  data.map((text) => silent(encodeEvent(text, 'endpoint'))),
  fc.constantFrom(KEEP_ALIVE, ': posted\n\n', ': posted {}\n\n', ': answered [1]\n\n', ':\n\n').map(silent),
);

function findsThemAll(parts: Written[], sizes: Cuts): void {
  const bytes = Buffer.from(parts.map(({ text }) => text).join(''));
  // JSON has no minus zero of its own.
  const expected = parts.flatMap(({ told }) => told).map(([what, id]) => [what, id === 0 ? 0 : id]);
  deepStrictEqual(read(bytes, sizes), expected);
}

/** Comments that tell of requests on HTTP+SSE streams (router/forward/posted-comments.ts). */
export const POSTED_COMMENTS: readonly Property[] = [
  pure(
    'posted comments: none is missed or made up, wherever the stream is cut',
    4_000,
    300,
    fc.property(fc.array(written, { maxLength: 6 }), cuts, findsThemAll),
  ),
  pure(
    'posted comments: no bytes make the reader throw or see by their cuts',
    2_250,
    200,
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
        streamText.map((text) => Buffer.from(text)),
        fc
          .array(fc.constantFrom(POSTED_COMMENT, ANSWERED_COMMENT, ':', '\n', '\r\n', '1', '"x"', ' '), {
            maxLength: 20,
          })
          .map((parts) => Buffer.from(parts.join(''))),
      ),
      cuts,
      sameInAnyCut(read),
    ),
  ),
];
