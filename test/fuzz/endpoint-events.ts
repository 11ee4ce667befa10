import { deepStrictEqual, ok } from 'node:assert';
import fc from 'fast-check';
import { encodeEvent } from '../../mcp/sse.ts';
import { ROUTER_DEFAULTS } from '../../router/config.ts';
import { createEndpointRewriter } from '../../router/forward/endpoint-event.ts';
import { type Cuts, cuts, inPieces } from './arbitrary/cuts.ts';
import { lineEnd, streamText } from './arbitrary/event-stream.ts';
import { anyText, base64url } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

/** Where the rewriter says that clients post. */
function endpointOf(inner: string): string {
  return `/messages?sessionId=${encodeURIComponent(`OUTER.${inner}`)}`;
}

/** What a client gets in place of a node's endpoint event. */
function replacement(inner: string): Buffer {
  return Buffer.from(`retry: ${ROUTER_DEFAULTS.sseRetry}\n${encodeEvent(endpointOf(inner), 'endpoint')}`);
}

/** @param known whether the client knows where to post already, so that the event is left out */
function rewrite(bytes: Buffer, sizes: Cuts, known = false): { out: Buffer; sessions: string[] } {
  const sessions: string[] = [];
  const rewriter = createEndpointRewriter((inner) => {
    sessions.push(inner);
    return known ? undefined : endpointOf(inner);
  });
  const out = inPieces(bytes, sizes).flatMap((piece) => rewriter.push(piece) ?? []);
  if (!rewriter.done) out.push(rewriter.flush() ?? Buffer.alloc(0));
  return { out: Buffer.concat(out), sessions };
}

const session = fc.oneof(
  fc.uuid(),
  base64url(32),
  anyText(12).filter((text) => text !== ''),
);
const path = fc.constantFrom('/messages', '/x/messages', 'messages', 'http://127.0.0.1:1/messages', '');
const comments = fc
  .array(
    anyText(10).map((text) => text.replace(/[\r\n]/g, ' ')),
    { maxLength: 3 },
  )
  .chain((texts) => lineEnd.map((end) => texts.map((text) => `: ${text}${end}${end}`).join('')));
const rest = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  streamText.map((text) => Buffer.from(text)),
);

interface Opening {
  before: string;
  end: string;
  path: string;
  session: string;
  more: string;
  known: boolean;
  rest: Buffer;
}

const opening: fc.Arbitrary<Opening> = fc.record({
  before: comments,
  end: lineEnd,
  path,
  session,
  more: fc.constantFrom('', '&x=1', '&a=%20'),
  known: fc.boolean(),
  rest,
});

function changesTheEndpointAlone(
  { before, end, path: at, session: inner, more, known, rest: after }: Opening,
  sizes: Cuts,
): void {
  const data = `${at}?sessionId=${encodeURIComponent(inner)}${more}`;
  // A blank line of bare carriage returns is complete only when the next byte is no line feed.
  const tail =
    end === '\r' && (after.length === 0 || after[0] === 0x0a) ? Buffer.concat([Buffer.from(':'), after]) : after;
  const event = Buffer.from(`${before}event: endpoint${end}data: ${data}${end}${end}`);
  const { out, sessions } = rewrite(Buffer.concat([event, tail]), sizes, known);
  deepStrictEqual(sessions, [inner]);
  const expected = known ? tail : Buffer.concat([replacement(inner), tail]);
  ok(out.equals(expected), `${JSON.stringify(out.toString())} is not ${JSON.stringify(expected.toString())}`);
}

function changesNothingElse(bytes: Buffer, sizes: Cuts): void {
  const { out, sessions } = rewrite(bytes, sizes);
  if (sessions.length === 0) return ok(out.equals(bytes), `${JSON.stringify(out.toString())} went out`);
  const event = replacement(sessions.at(-1) ?? '');
  ok(out.subarray(0, event.length).equals(event));
  const kept = out.subarray(event.length);
  ok(bytes.subarray(bytes.length - kept.length).equals(kept), 'bytes after the endpoint event changed');
}

/** No endpoint event is this long: it passes as it is, and nothing waits for its end. */
const long = fc
  .tuple(
    fc.integer({ min: 8_000, max: 9_000 }),
    fc.constantFrom('data: ', ': ', 'event: endpoint\ndata: /m?sessionId=', ''),
  )
  .map(([length, head]) => Buffer.from(`${head}${'x'.repeat(length)}`));

/** The endpoint event of HTTP+SSE (router/forward/endpoint-event.ts). */
export const ENDPOINT_EVENTS: readonly Property[] = [
  pure(
    'endpoint events: nothing but the event itself changes',
    4_000,
    300,
    fc.property(opening, cuts, changesTheEndpointAlone),
  ),
  pure(
    'endpoint events: no byte of another stream is lost',
    2_750,
    200,
    fc.property(fc.oneof({ weight: 30, arbitrary: rest }, { weight: 1, arbitrary: long }), cuts, changesNothingElse),
  ),
];
