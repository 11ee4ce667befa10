import fc from 'fast-check';
import { type Cuts, cuts } from '../arbitrary/cuts.ts';
import { lineEnd } from '../arbitrary/event-stream.ts';
import { latin1 } from '../arbitrary/texts.ts';
import { type Part, part } from './part.ts';

/** How an event stream or a body ends. */
export type End = 'closed' | 'broken' | 'open';

/** One event, or what passes for one. */
export interface Frame {
  /** Lines before the data, without their ends. */
  fields: string[];
  said: Part;
  lineEnd: string;
  /** The blank line after it is left out. */
  unfinished: boolean;
}

/** How a hostile server answers one HTTP request. */
export type Reply =
  | { as: 'json'; status: number; type: string; batch: boolean; parts: Part[]; keep: number; end: End }
  | { as: 'stream'; status: number; frames: Frame[]; cuts: Cuts; end: End }
  | { as: 'status'; status: number; headers: Record<string, string>; body: string }
  /** Instead of an HTTP response. */
  | { as: 'bytes'; text: string }
  | { as: 'gone' }
  | { as: 'silence' };

const PLAIN = { noNullPrototype: true } as const;
/** What stays open costs a time-out, so that it is rare. */
const end = fc.oneof(
  { weight: 30, arbitrary: fc.constant<End>('closed') },
  { weight: 9, arbitrary: fc.constant<End>('broken') },
  { weight: 1, arbitrary: fc.constant<End>('open') },
);

const contentType = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'Application/JSON; charset=latin1',
      'application/json;',
      'text/html',
      'text/event-stream',
      '',
      ';',
    ),
  },
);

const field = fc.constantFrom(
  'event: message',
  'event: endpoint',
  'event: other',
  'event:',
  'id: 7',
  'id: é\u2028',
  'id: a\0b',
  `id: ${'7'.repeat(3_000)}`,
  'retry: 1',
  'retry: 20',
  'retry: 4294967296',
  'retry: 99999999999999999999999',
  'retry: -1',
  ': comment',
  'junk',
  'data',
);
const frame: fc.Arbitrary<Frame> = fc.record(
  { fields: fc.array(field, { maxLength: 2 }), said: part, lineEnd, unfinished: fc.nat(9).map((n) => n === 0) },
  PLAIN,
);

const headers = fc.oneof(
  fc.constantFrom<Record<string, string>>(
    {},
    { location: '/mcp' },
    { location: '/elsewhere?x=1' },
    { location: 'http://127.0.0.1:1/' },
    { location: 'javascript:alert(1)' },
    { location: 'http://[' },
    { 'retry-after': 'never' },
    { 'mcp-session-id': 'another' },
    { 'mcp-session-id': 'not visible' },
    { 'content-encoding': 'gzip' },
    { 'www-authenticate': 'Bearer "' },
  ),
  latin1(10).map((text) => ({ 'x-odd': text.replace(/[^\x20-\x7e]/g, '.') })),
);
const status = fc.constantFrom(
  200,
  201,
  202,
  204,
  301,
  302,
  304,
  307,
  308,
  400,
  401,
  403,
  404,
  405,
  409,
  410,
  429,
  500,
  501,
  502,
  503,
);

const bytes = fc.constantFrom(
  'nonsense\r\n\r\n',
  'HTTP/1.1 200\r\n\r\n',
  'HTTP/1.1 999 Odd\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-length: 3\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{}',
  'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  `HTTP/1.1 200 OK\r\nx-big: ${'x'.repeat(70_000)}\r\n\r\n`,
  'HTTP/1.1 200 OK\r\nbad header\r\n\r\n',
);

/** Any answer but none at all. */
const spoken: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        as: fc.constant('json' as const),
        status: fc.oneof({ weight: 5, arbitrary: fc.constant(200) }, { weight: 1, arbitrary: status }),
        type: contentType,
        batch: fc.boolean(),
        parts: fc.array(part, { minLength: 1, maxLength: 3 }),
        keep: fc.oneof(
          { weight: 5, arbitrary: fc.constant(1) },
          { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
        ),
        end,
      },
      PLAIN,
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record(
      {
        as: fc.constant('stream' as const),
        status: fc.constantFrom(200, 200, 200, 200, 201, 404),
        frames: fc.array(frame, { maxLength: 4 }),
        cuts,
        end,
      },
      PLAIN,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        as: fc.constant('status' as const),
        status,
        headers,
        body: fc.constantFrom('', '{', '<html>', '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}}'),
      },
      PLAIN,
    ),
  },
  { weight: 2, arbitrary: fc.record({ as: fc.constant('bytes' as const), text: bytes }, PLAIN) },
  { weight: 1, arbitrary: fc.constant<Reply>({ as: 'gone' }) },
);

/** Any answer, or now and then none. */
export const reply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 60, arbitrary: spoken },
  { weight: 1, arbitrary: fc.constant<Reply>({ as: 'silence' }) },
);
