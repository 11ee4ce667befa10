import { deepStrictEqual, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { cookieValue, forwardedHeader, readHead } from '../../router/edge/head.ts';
import { headerName, OF_THE_CLUSTER, OF_THE_HOP, rawHeaders } from './arbitrary/headers.ts';
import { latin1, visibleAscii } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

/** Ends at the coordinator whatever `Connection` says: of the hop, of the cluster, or written anew for the node. */
const NEVER_FORWARDED = new Set([
  ...OF_THE_HOP,
  ...OF_THE_CLUSTER,
  'host',
  'origin',
  'authorization',
  'mcp-session-id',
  'last-event-id',
  'content-length',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

/** `Host` twice must be refused (RFC 9112, section 3.2); the others decide who asks, and for what. */
const ONCE_ONLY = [
  'host',
  'origin',
  'authorization',
  'mcp-session-id',
  'mcp-protocol-version',
  'x-mcphub-cluster-token',
  'x-mcphub-principal',
  'x-mcphub-authorization',
];

function pairsOf(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? '']);
}

function valuesOf(raw: readonly string[], wanted: string): string[] {
  return pairsOf(raw).flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : []));
}

function forwardsWhatItMay(raw: string[]): void {
  const named = new Set(
    valuesOf(raw, 'connection').flatMap((value) => value.split(',').map((option) => option.trim().toLowerCase())),
  );
  const kept = pairsOf(raw).filter(([name]) => {
    const lower = name.toLowerCase();
    return !NEVER_FORWARDED.has(lower) && !named.has(lower);
  });
  deepStrictEqual(readHead(raw).forward, kept.flat());
}

function readsWhatIsThere(raw: string[]): void {
  const head = readHead(raw);
  strictEqual(head.sessionId, valuesOf(raw, 'mcp-session-id').at(-1));
  strictEqual(head.protocolVersion, valuesOf(raw, 'mcp-protocol-version').at(-1));
  strictEqual(head.authorization, valuesOf(raw, 'authorization').at(-1));
  strictEqual(head.chunked, valuesOf(raw, 'transfer-encoding').length > 0);
  const twice = ONCE_ONLY.filter((name) => valuesOf(raw, name).length > 1);
  if (twice.length === 0) strictEqual(head.duplicate, undefined);
  else if (!twice.includes(String(head.duplicate))) throw new Error(`${twice.join(' and ')} not flagged`);
}

const cookieName = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'novalu'),
  visibleAscii(1, 8).filter((name) => !/[=;]/.test(name)),
);
const cookiePair = fc.tuple(
  cookieName,
  visibleAscii(0, 12).map((value) => value.replaceAll(';', '.')),
);
const junkPair = fc.constantFrom('', ' ', '=', '=x', 'novalue', ' = ', '====');

/** The first cookie of a name is the one that is read, whatever stands around it. */
function findsCookie(pairs: (string | [string, string])[], wanted: string, comma: string): void {
  const header = pairs.map((pair) => (typeof pair === 'string' ? pair : pair.join('='))).join(comma);
  const [, expected] = pairs.find((pair) => typeof pair !== 'string' && pair[0] === wanted) ?? [];
  strictEqual(cookieValue(header, wanted), expected);
}

function takesAnyHeader(raw: string[], cookie: string, name: string): void {
  const head = readHead(raw);
  cookieValue(cookie, name);
  const [first] = pairsOf(head.forward).filter(([forwarded]) => forwarded.toLowerCase() === name.toLowerCase());
  strictEqual(forwardedHeader(head, name.toLowerCase()), first?.[1]);
}

/** Request heads and cookies (router/edge/head.ts). */
export const REQUEST_HEADS: readonly Property[] = [
  pure(
    'request heads: nothing of the hop or the cluster is forwarded, and all else is',
    5_750,
    500,
    fc.property(rawHeaders, forwardsWhatItMay),
  ),
  pure('request heads: no duplicate passes unseen', 4_500, 400, fc.property(rawHeaders, readsWhatIsThere)),
  pure(
    'cookies: the first of a name is found',
    1_750,
    200,
    fc.property(
      fc.array(fc.oneof(cookiePair, cookiePair, junkPair), { maxLength: 6 }),
      cookieName,
      fc.constantFrom(';', '; ', ' ; '),
      findsCookie,
    ),
  ),
  pure(
    'request heads: no header makes the reader throw',
    1_750,
    200,
    fc.property(rawHeaders, latin1(60), headerName, takesAnyHeader),
  ),
];
