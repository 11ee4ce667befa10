import type { Dispatcher } from 'undici';
import { HOP_BY_HOP } from '../../mcp/headers.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { shownUrl } from '../../settings/shown-url.ts';
import { SERVERS } from './config.ts';
import { decodedBody } from './decode.ts';
import { type Connections, connectionsTo } from './dispatcher.ts';
import { textOf } from './errors.ts';
import { createRedactor, percentDecoded } from './redact.ts';

export type RemoteResponse = Dispatcher.ResponseData;

export interface RemoteRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Win over those of the entry. */
  headers: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
  /** Another address of the same origin; default: that of the entry. */
  url?: URL;
}

/** Sent by the hub itself or by the connection; an entry cannot set them. */
const RESERVED = new Set([
  'accept',
  'accept-encoding',
  'content-length',
  'content-type',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
]);

/** The address of a remote server with its pool of connections and the headers of its entry. */
export class Remote {
  readonly url: URL;
  readonly #name: string;
  readonly #headers: Record<string, string>;
  readonly #connections: Connections;
  /** Takes the secrets of the entry out of a text: a server may repeat what it was sent. */
  readonly redact: (text: string) => string;

  /** @throws Error that names the setting when the URL is not usable */
  constructor(name: string, config: ServerConfig) {
    this.#name = name;
    this.url = parseUrl(name, config.url ?? '');
    this.#headers = { 'user-agent': 'mcphub-cluster', ...basicAuth(this.url), ...entryHeaders(config) };
    this.redact = createRedactor(config);
    this.#connections = connectionsTo(name, this.url, config);
  }

  /** The address without what may be secret. */
  get shown(): string {
    return shownUrl(this.url);
  }

  /**
   * Redirects are followed within the origin only, since the headers of the entry belong to it; the response that asks for another one
   * is the answer.
   */
  async request(request: RemoteRequest): Promise<RemoteResponse> {
    let url = request.url ?? this.url;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#connections.dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { ...this.#headers, ...request.headers, 'accept-encoding': 'identity' },
        body: request.body ?? null,
        signal: request.signal ?? null,
        bodyTimeout: 0,
        headersTimeout: 0,
      });
      const to = isFollowed(response.statusCode, request.method) ? targetOf(response, url) : undefined;
      if (to?.origin !== this.url.origin || redirects === SERVERS.maxRedirects) return response;
      await response.body.dump();
      url = to;
    }
  }

  /** A sentence for a response that is no success; reads its body unless that is given. */
  async refusal(response: RemoteResponse, body?: string): Promise<string> {
    const { statusCode } = response;
    const text = body ?? (await readBody(response, SERVERS.maxErrorBody).catch(() => ''));
    if (statusCode < 400 && response.headers.location !== undefined) return this.#redirection(response);
    const what = `${this.shown} answered ${statusCode}${excerpt(this.redact(text), response)}`;
    const entry = `mcpServers.${this.#name}`;
    if (statusCode === 401 && wantsOAuth(response)) {
      return `${what}: it wants OAuth, which the hub does not do; get a token from its authorization server and set ${entry}.headers.Authorization to "Bearer <token>"`;
    }
    if (statusCode === 401 || statusCode === 403) return `${what}; check ${entry}.headers`;
    if (statusCode !== 404 && statusCode !== 405) return what;
    return `${what}; check ${entry}.url, and that ${entry}.type (sse or streamable-http) is what the server speaks`;
  }

  /** A sentence for an error of the network. */
  explain(error: unknown): string {
    const code = errorCode(error);
    const { proxy } = this.#connections;
    const isOfProxy = proxy !== undefined && (isRefusedByProxy(error) || isAbout(error, proxy));
    const where = isOfProxy ? `${proxy.protocol}//${proxy.host}, the proxy for ${this.shown}` : this.shown;
    if (isRefusedByProxy(error)) return `${where}, refused the connection: ${textOf(error)}`;
    if (code === 'ECONNREFUSED') return `nothing listens at ${where} (ECONNREFUSED)`;
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host name of ${where} is not known (${code})`;
    if (code === 'UND_ERR_CONNECT_TIMEOUT') return `${where} does not accept connections (connect time-out)`;
    const text = this.redact(textOf(error));
    return text.includes(this.shown) ? text : `${this.shown}: ${text}${code === '' ? '' : ` (${code})`}`;
  }

  async close(): Promise<void> {
    await this.#connections.dispatcher.destroy();
  }

  #redirection(response: RemoteResponse): string {
    const to = targetOf(response, this.url);
    const setting = `mcpServers.${this.#name}.url`;
    if (to === undefined)
      return `${this.shown} redirects to no valid address (${response.statusCode}); correct ${setting}`;
    if (to.origin === this.url.origin && isFollowed(response.statusCode, 'POST')) {
      return `${this.shown} redirects more than ${SERVERS.maxRedirects} times, last to ${shownUrl(to)}; correct ${setting}`;
    }
    return `${this.shown} redirects to ${shownUrl(to)}, which is not followed; if it is right, set ${setting} to it`;
  }
}

/** Errors before a connection was there. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_.*|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;

/** The server cannot be reached at all. */
export function isNotConnected(error: unknown): boolean {
  return NOT_CONNECTED.test(errorCode(error)) || isRefusedByProxy(error);
}

/** Whether it was this address that could not be reached; some errors have a port and no name. */
function isAbout(error: unknown, { hostname, port, protocol }: URL): boolean {
  type Facts = { hostname?: unknown; port?: unknown; errors?: Facts[] };
  const facts = (error ?? {}) as Facts;
  const first = facts.errors?.[0] ?? facts;
  const expected = port || (protocol === 'https:' ? '443' : '80');
  return (
    first.hostname === hostname || String(first.port) === expected || textOf(error).includes(`${hostname}:${expected}`)
  );
}

/** The words of undici's proxy agents; their codes have other meanings as well. */
function isRefusedByProxy(error: unknown): boolean {
  return error instanceof Error && /when HTTP Tunneling|^Proxy Authentication Required/.test(error.message);
}

/** Whether the server may have seen the request although there is no response: the connection broke after it was made. */
export function mayHaveArrived(error: unknown): boolean {
  const code = errorCode(error);
  return code !== '' && code !== 'UND_ERR_INVALID_ARG' && !isNotConnected(error);
}

function errorCode(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: { code?: unknown }[] };
  return String(code ?? errors?.[0]?.code ?? '');
}

/** @throws RangeError when the body is longer than `limit` bytes */
export async function readBody(response: RemoteResponse, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of decodedBody(response)) {
    length += chunk.length;
    if (length > limit) throw new RangeError(`the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString();
}

export function contentType(response: RemoteResponse): string {
  const value = response.headers['content-type'];
  return (typeof value === 'string' ? value : '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Of a POST only those that keep it a POST. */
function isFollowed(status: number, method: string): boolean {
  return status === 307 || status === 308 || (method === 'GET' && (status === 301 || status === 302));
}

function targetOf({ headers }: RemoteResponse, from: URL): URL | undefined {
  const { location } = headers;
  return typeof location === 'string' && URL.canParse(location, from) ? new URL(location, from) : undefined;
}

/** Its metadata say where tokens are to be had (RFC 9728, section 5.1; 2025-11-25, basic/authorization). */
function wantsOAuth({ headers }: RemoteResponse): boolean {
  return [headers['www-authenticate']].flat().some((value) => /\bresource_metadata\s*=/i.test(value ?? ''));
}

/** What the server said, when it is meant for reading. */
function excerpt(body: string, response: RemoteResponse): string {
  const type = contentType(response);
  const text = body.trim();
  if (text === '' || (type !== 'application/json' && type !== 'text/plain')) return '';
  return `: ${text.slice(0, 200)}`;
}

/** User and password of an address (RFC 7617), since it is sent without them. */
function basicAuth({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function entryHeaders(config: ServerConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config.headers ?? {})
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !RESERVED.has(name) && !HOP_BY_HOP.has(name)),
  );
}

function parseUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  // A text that is no address may be a secret in the wrong place.
  const what = url?.host ? `'${url.protocol}//${url.host}'` : 'its text';
  throw new Error(`${what} is not an http or https address; correct mcpServers.${name}.url`);
}
