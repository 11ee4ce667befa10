import {
  CLIENT_AUTHORIZATION,
  CLUSTER_TOKEN,
  HOP_BY_HOP,
  INTERNAL_HEADERS,
  LAST_EVENT_ID,
  MCP_METHOD,
  MCP_NAME,
  PEER,
  PRINCIPAL,
  PROTOCOL_VERSION,
  SESSION_ID,
  STATE_ID,
  TO,
} from '../../mcp/headers.ts';
import type { RouterContext } from '../context.ts';

/** The values of `X-Forwarded-*` and `Forwarded`, as they came. */
export interface ProxyHeaders {
  for?: string;
  host?: string;
  proto?: string;
  prefix?: string;
  forwarded?: string;
}

/** What the coordinator reads of a request's head, and what of it goes on to the node, from one pass over the raw headers. */
export interface RequestHead {
  host: string | undefined;
  origin: string | undefined;
  authorization: string | undefined;
  sessionId: string | undefined;
  protocolVersion: string | undefined;
  /** Not in `forward`: events of one node mean nothing to another. */
  lastEventId: string | undefined;
  cookie: string | undefined;
  /** What a modern request says of itself; the node compares it with the body, so that it may decide where the request goes. */
  mcpMethod: string | undefined;
  /** As it came, perhaps in base64. */
  mcpName: string | undefined;
  stateId: string | undefined;
  /** Tag of the node that asks. */
  peer: string | undefined;
  /** Tag of the node that it asks. */
  to: string | undefined;
  /** What only members of the cluster may say: the gate takes it from everybody else. */
  clusterToken: string | undefined;
  principal: string | undefined;
  clientAuthorization: string | undefined;
  /** What a proxy may have written, or anybody; see `proxies.ts`. */
  proxied: ProxyHeaders | undefined;
  contentLength: number | undefined;
  /** Set when the body comes in chunks. */
  chunked: boolean;
  /** Name of a header that occurs twice and must not. */
  duplicate: string | undefined;
  /** Names and values that go to the node as they are; `authorization` and the session id are not among them. */
  forward: string[];
}

type Reader = (head: RequestHead, value: string, name: string) => void;

const readers = new Map<string, Reader>([
  ['host', (head, value) => once(head, 'host', value)],
  // Checked here, by the settings of this member.
  ['origin', (head, value) => once(head, 'origin', value)],
  ['authorization', (head, value) => once(head, 'authorization', value)],
  [SESSION_ID, (head, value) => once(head, 'sessionId', value, SESSION_ID)],
  [
    PROTOCOL_VERSION,
    (head, value, name) => {
      once(head, 'protocolVersion', value, PROTOCOL_VERSION);
      head.forward.push(name, value);
    },
  ],
  [
    'cookie',
    (head, value, name) => {
      head.cookie = head.cookie === undefined ? value : `${head.cookie}; ${value}`;
      head.forward.push(name, value);
    },
  ],
  [MCP_METHOD, (head, value, name) => passed(head, 'mcpMethod', value, name)],
  [MCP_NAME, (head, value, name) => passed(head, 'mcpName', value, name)],
  [STATE_ID, (head, value, name) => passed(head, 'stateId', value, name)],
  [
    LAST_EVENT_ID,
    (head, value) => {
      head.lastEventId = value;
    },
  ],
  [
    'content-length',
    (head, value) => {
      head.contentLength = Number(value);
    },
  ],
  ['x-forwarded-for', (head, value) => told(head, 'for', value)],
  ['x-forwarded-host', (head, value) => told(head, 'host', value)],
  ['x-forwarded-proto', (head, value) => told(head, 'proto', value)],
  ['x-forwarded-prefix', (head, value) => told(head, 'prefix', value)],
  ['forwarded', (head, value) => told(head, 'forwarded', value)],
  ['expect', drop],
  ...[...HOP_BY_HOP, ...INTERNAL_HEADERS].map((name): [string, Reader] => [name, drop]),
  // A node that is told of a peer asks no third one: that only restricts, so anybody may say it.
  [PEER, (head, value, name) => passed(head, 'peer', value, name)],
  [TO, (head, value) => once(head, 'to', value, TO)],
  [CLUSTER_TOKEN, (head, value) => once(head, 'clusterToken', value, CLUSTER_TOKEN)],
  [PRINCIPAL, (head, value) => once(head, 'principal', value, PRINCIPAL)],
  [CLIENT_AUTHORIZATION, (head, value) => once(head, 'clientAuthorization', value, CLIENT_AUTHORIZATION)],
  [
    'transfer-encoding',
    (head) => {
      head.chunked = true;
    },
  ],
]);

function drop(): void {}

function told(head: RequestHead, field: keyof ProxyHeaders, value: string): void {
  head.proxied ??= {};
  const before = head.proxied[field];
  head.proxied[field] = before === undefined ? value : `${before}, ${value}`;
}

/** Repeated headers are one list (RFC 9110, section 5.3), as they are for the node. */
function passed(
  head: RequestHead,
  field: 'mcpMethod' | 'mcpName' | 'stateId' | 'peer',
  value: string,
  name: string,
): void {
  head[field] = head[field] === undefined ? value : `${head[field]}, ${value}`;
  head.forward.push(name, value);
}

type SingleField =
  | 'host'
  | 'origin'
  | 'authorization'
  | 'sessionId'
  | 'to'
  | 'protocolVersion'
  | 'clusterToken'
  | 'principal'
  | 'clientAuthorization';

function once(head: RequestHead, field: SingleField, value: string, name = field as string): void {
  if (head[field] !== undefined) head.duplicate = name;
  head[field] = value;
}

/** Spellings of names seen, so that a name is put in lower case once and not at every request. */
const spellings = new Map<string, Reader | undefined>();
const MAX_SPELLINGS = 2_000;
const LONGEST_SPELLING = 64;

function readerOf(name: string): Reader | undefined {
  const known = spellings.get(name);
  if (known !== undefined || spellings.has(name)) return known;
  const reader = readers.get(name.toLowerCase());
  if (spellings.size < MAX_SPELLINGS && name.length <= LONGEST_SPELLING) spellings.set(name, reader);
  return reader;
}

/**
 * Reads a request's head.
 * @param raw names and values in turn, as `IncomingMessage.rawHeaders` has them
 */
export function readHead(raw: readonly string[]): RequestHead {
  const head: RequestHead = {
    host: undefined,
    origin: undefined,
    authorization: undefined,
    sessionId: undefined,
    protocolVersion: undefined,
    lastEventId: undefined,
    cookie: undefined,
    mcpMethod: undefined,
    mcpName: undefined,
    stateId: undefined,
    peer: undefined,
    to: undefined,
    clusterToken: undefined,
    principal: undefined,
    clientAuthorization: undefined,
    proxied: undefined,
    contentLength: undefined,
    chunked: false,
    duplicate: undefined,
    forward: [],
  };
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    const reader = readerOf(name);
    if (reader === undefined) head.forward.push(name, value);
    else reader(head, value, name);
  }
  const named = connectionOptions(raw);
  if (named !== undefined) head.forward = without(head.forward, named);
  return head;
}

/** Names that a `Connection` header declares to end at this hop, beside the usual ones (RFC 9110, section 7.6.1). */
function connectionOptions(raw: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const value = raw[i + 1] as string;
    if (value === 'keep-alive' || value === 'close') continue;
    named ??= new Set();
    for (const option of value.split(',')) named.add(option.trim().toLowerCase());
  }
  return named;
}

function without(headers: string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/** The value of a header among forwarded ones, for headers that only some settings ask for. */
export function forwardedHeader(head: RequestHead, lowerCaseName: string): string | undefined {
  const { forward } = head;
  for (let i = 0; i + 1 < forward.length; i += 2) {
    if ((forward[i] as string).toLowerCase() === lowerCaseName) return forward[i + 1];
  }
  return undefined;
}

/** The value of a cookie in a `Cookie` header (RFC 6265, section 4.2.1). */
export function cookieValue(cookie: string | undefined, name: string): string | undefined {
  if (cookie === undefined) return undefined;
  for (const pair of cookie.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** The node that a client names by the cookie or header of the sticky strategy in force. */
export function nodeHint({ settings }: Pick<RouterContext, 'settings'>, head: RequestHead): string | undefined {
  const { enabled, strategy, cookieName, headerName } = settings.current.systemConfig.cluster.stickySession;
  if (!enabled || strategy === 'consistent-hash') return undefined;
  if (strategy === 'cookie') return cookieValue(head.cookie, cookieName);
  return forwardedHeader(head, headerName.toLowerCase());
}
