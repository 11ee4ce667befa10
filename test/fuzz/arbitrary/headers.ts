import fc from 'fast-check';
import { anyCase, latin1, visibleAscii } from './texts.ts';

/** Headers that end at each hop (RFC 9110, section 7.6.1), stated anew so that a lost entry is noticed. */
export const OF_THE_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const;

/** Headers between members of a cluster, which a client must not be able to send. */
export const OF_THE_CLUSTER = ['x-mcphub-cluster-token', 'x-mcphub-session', 'x-mcphub-not-started'] as const;

/** Headers that the coordinator reads itself. */
const READ = [
  'host',
  'origin',
  'authorization',
  'cookie',
  'content-length',
  'last-event-id',
  'mcp-session-id',
  'mcp-protocol-version',
  'expect',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
] as const;

/** Headers that mean nothing to the coordinator, and names that trip up objects used as tables. */
const OTHERS = [
  'accept',
  'content-type',
  'mcp-method',
  'mcp-param-region',
  'x-mcphub-node',
  'x-mcphub-state-id',
  'x-mcphub',
  '__proto__',
  'constructor',
  'x-a',
  'x-b',
] as const;

const NAMES = [...READ, ...OF_THE_HOP, ...OF_THE_CLUSTER, ...OTHERS];

/** A header name in any spelling. */
export const headerName: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES).chain(anyCase) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'aXé-_.!\u00ff '), minLength: 1, maxLength: 12 }) },
);

const connectionOptions = fc
  .array(
    fc.oneof(
      fc.constantFrom('keep-alive', 'close', 'upgrade', 'x-a', 'X-B', 'accept', 'Mcp-Protocol-Version', 'cookie', ''),
      headerName,
    ),
    { maxLength: 4 },
  )
  .chain((options) => fc.constantFrom(',', ', ', ' ,\t').map((comma) => options.join(comma)));

/** Values as clients send them, and any others that Node lets through. */
const headerValue = fc.oneof(
  connectionOptions,
  fc.constantFrom('2025-06-18', '2026-07-28', 'Bearer k', 'chunked', 'localhost', '0', '-1', '99999999999999999999'),
  visibleAscii(0, 30),
  latin1(20),
);

/** Names and values in turn, as `IncomingMessage.rawHeaders` has them. */
export const rawHeaders: fc.Arbitrary<string[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.tuple(headerName, headerValue) },
      { weight: 1, arbitrary: fc.tuple(anyCase('connection'), connectionOptions) },
    ),
    { maxLength: 14 },
  )
  .map((pairs) => pairs.flat());
