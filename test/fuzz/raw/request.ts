import fc from 'fast-check';
import { type Edit, edited, edits } from '../arbitrary/edits.ts';
import { headerName } from '../arbitrary/headers.ts';
import { visibleAscii } from '../arbitrary/texts.ts';
import { membershipBody, oddBody, validBody } from './body.ts';

type Headers = [string, string][];

/** How the end of the body is told. */
type Framing = 'length' | 'chunked' | 'none' | 'short' | 'long' | 'both' | 'half a chunk';

/** An HTTP request before it becomes bytes. Names in braces stand for what exists at run time, see `Facts`. */
export interface RawRequest {
  method: string;
  target: string;
  headers: Headers;
  body: string;
  framing: Framing;
  /** Made to the text of the whole request. */
  edits: Edit[];
}

/**
 * What the names in braces stand for: an open session, the session of an open HTTP+SSE stream, one that a node can make of
 * its id, the cluster token.
 */
export type Facts = Record<'session' | 'stream' | 'fresh' | 'token', string>;

const PLAIN = { noNullPrototype: true } as const;
const JSON_TYPE: [string, string] = ['content-type', 'application/json'];
const ACCEPT: [string, string] = ['accept', 'application/json, text/event-stream'];
const TOKEN: [string, string] = ['authorization', 'Bearer {token}'];

/** Mostly what leads on, so that the later parts get something to do. */
function mostly<T>(usual: readonly T[], rare: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}

const target = mostly(['/both', '/both', '/good', ''], ['/nope', '/both/', '/%62oth', '/%', '/a/b']);
const sessionHeader = mostly<Headers>(
  [[], [['mcp-session-id', '{session}']], [['mcp-session-id', '{session}']]],
  [
    [['Mcp-Session-Id', '{session}x']],
    [['mcp-session-id', '{stream}']],
    [['mcp-session-id', 'AAAAAAAA.x']],
    [['mcp-session-id', '{fresh}']],
    [
      ['mcp-session-id', '{fresh}'],
      ['x-mcphub-session', 'AAAAAAAA 0 1 '],
    ],
    [
      ['mcp-session-id', '{session}'],
      ['MCP-SESSION-ID', '{session}'],
    ],
  ],
);
const revisionHeader = mostly<Headers>(
  [[], [['mcp-protocol-version', '2025-06-18']]],
  [[['mcp-protocol-version', '2026-07-28']], [['mcp-protocol-version', '0']]],
);
const extraHeader = fc.oneof(
  fc.constantFrom<[string, string]>(
    ['origin', 'http://localhost'],
    ['origin', 'http://evil.example'],
    ['host', 'evil.example'],
    ['connection', 'close'],
    ['connection', 'upgrade'],
    ['upgrade', 'websocket'],
    ['expect', '100-continue'],
    ['expect', 'the worst'],
    ['content-encoding', 'gzip'],
    ['content-type', 'text/plain'],
    ['accept', 'text/html'],
    ['last-event-id', '7'],
    ['x-mcphub-session', 'AAAAAAAA 0 1 x'],
    ['x-mcphub-session', 'AAAAAAAA zzzzzzzzzzz 0'],
    ['x-mcphub-cluster-token', 'wrong'],
    ['transfer-encoding', 'gzip'],
  ),
  fc.tuple(
    headerName.filter((name) => /^[\w-]+$/.test(name)),
    visibleAscii(0, 20),
  ),
);

const extraHeaders = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Headers>([]) },
  { weight: 1, arbitrary: fc.array(extraHeader, { minLength: 1, maxLength: 2 }) },
);

/** Headers that change how the request is read, so that no answer can be promised. */
const OF_THE_FRAME = /^(host|connection|upgrade|expect|content-length|transfer-encoding|keep-alive|te|trailer)$/i;

const framing = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Framing>('length') },
  { weight: 2, arbitrary: fc.constant<Framing>('chunked') },
  { weight: 1, arbitrary: fc.constantFrom<Framing>('none', 'short', 'long', 'both', 'half a chunk') },
);
const changes = fc.oneof({ weight: 3, arbitrary: fc.constant<Edit[]>([]) }, { weight: 1, arbitrary: edits });
const common = { framing, edits: changes };

const mcp = fc.record(
  {
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant('POST') },
      fc.constantFrom('GET', 'DELETE', 'PUT', 'OPTIONS', 'HEAD'),
    ),
    target: fc.tuple(mostly(['/mcp'], ['http://127.0.0.1/mcp', '/sse']), target).map((parts) => parts.join('')),
    headers: fc.tuple(sessionHeader, revisionHeader, extraHeaders).map((lists) => [JSON_TYPE, ACCEPT, ...lists.flat()]),
    body: fc.oneof({ weight: 3, arbitrary: validBody }, { weight: 1, arbitrary: oddBody }),
    ...common,
  },
  PLAIN,
);

const posted = fc.record(
  {
    method: fc.constant('POST'),
    target: fc
      .tuple(target, mostly(['?sessionId={stream}'], ['?sessionId={stream}&x=1', '?sessionId={session}', '?', '']))
      .map(([below, query]) => `/messages${below}${query}`),
    headers: extraHeaders.map((list) => [JSON_TYPE, ...list]),
    body: fc.oneof(validBody, oddBody),
    ...common,
  },
  PLAIN,
);

const management = fc.record(
  {
    method: fc.constantFrom('GET', 'GET', 'POST', 'DELETE', 'HEAD', 'TRACE'),
    target: fc.constantFrom(
      '/health',
      '/api/cluster/status',
      '/api/cluster/nodes?active=true&active=false',
      '/api/cluster/sessions',
      '/api/cluster/sessions/{session}',
      '/api/cluster/sessions/%ff',
      '/api/cluster/servers/good/replicas',
      '/api/cluster/servers/%/replicas',
      '/api/cluster/nodes/ghost-1',
      '/api/cluster/nodes/%2e%2e',
      '/api/cluster/nothing',
      '/',
      '*',
      '//',
      '/..;/mcp',
    ),
    headers: fc.constantFrom<Headers>([], [TOKEN], [['authorization', 'Bearer wrong']]),
    body: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: oddBody }),
    ...common,
  },
  PLAIN,
);

const membership = fc.record(
  {
    method: fc.constant('POST'),
    target: fc.constantFrom('/api/cluster/register', '/api/cluster/heartbeat'),
    headers: fc.constantFrom<Headers>([JSON_TYPE, TOKEN], [TOKEN], [JSON_TYPE]),
    body: fc.oneof({ weight: 4, arbitrary: membershipBody }, { weight: 1, arbitrary: oddBody }),
    ...common,
  },
  PLAIN,
);

/** A request of any kind to a coordinator. */
export const rawRequest: fc.Arbitrary<RawRequest> = fc.oneof(
  { weight: 6, arbitrary: mcp },
  { weight: 2, arbitrary: posted },
  { weight: 2, arbitrary: management },
  { weight: 2, arbitrary: membership },
);

/** Whether HTTP says that this request is answered; any other one may be cut off. */
export function mustBeAnswered({ framing: told, headers, edits: made, body, method }: RawRequest): boolean {
  if (made.length > 0 || headers.some(([name]) => OF_THE_FRAME.test(name))) return false;
  if (method === 'TRACE') return false;
  return told === 'length' || told === 'chunked' || (told === 'none' && body === '');
}

/** The bytes on the wire, with one byte for each character of the head. */
export function bytesOf(request: RawRequest, facts: Facts): Buffer {
  const { method, target: path, headers, edits: made } = request;
  const body = Buffer.from(request.body).toString('latin1');
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers.map((pair) => pair.join(': '))];
  const { head, text } = framed(body, request.framing);
  const whole = `${filled([...lines, ...head].join('\r\n'), facts)}\r\n\r\n${text}`;
  return Buffer.from(edited(whole, whole, made), 'latin1');
}

function filled(text: string, facts: Facts): string {
  return text.replace(/\{(session|stream|fresh|token)\}/g, (_, name: keyof Facts) => facts[name]);
}

function framed(body: string, told: Framing): { head: string[]; text: string } {
  const { length } = body;
  const chunk = length === 0 ? '' : `${length.toString(16)}\r\n${body}\r\n`;
  switch (told) {
    case 'length':
      return { head: [`Content-Length: ${length}`], text: body };
    case 'none':
      return { head: [], text: body };
    case 'short':
      return { head: [`Content-Length: ${length + 10}`], text: body };
    case 'long':
      return { head: [`Content-Length: ${Math.max(0, length - 1)}`], text: body };
    case 'both':
      return { head: [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'], text: `${chunk}0\r\n\r\n` };
    case 'chunked':
      return { head: ['Transfer-Encoding: chunked'], text: `${chunk}0\r\n\r\n` };
    case 'half a chunk':
      return { head: ['Transfer-Encoding: chunked'], text: `ff\r\n${body}` };
  }
}
