import { type Dispatcher, Pool } from 'undici';
import { HOP_BY_HOP } from '../../mcp/headers.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { shownUrl } from '../../settings/shown-url.ts';
import { SERVERS } from './config.ts';
import { decodedBody } from './decode.ts';
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
  readonly #pool: Pool;
  /** Takes the secrets of the entry out of a text: a server may repeat what it was sent. */
  readonly redact: (text: string) => string;

  /** @throws Error that names the setting when the URL is not usable */
  constructor(name: string, config: ServerConfig) {
    this.#name = name;
    this.url = parseUrl(name, config.url ?? '');
    this.#headers = { 'user-agent': 'mcphub-cluster', ...basicAuth(this.url), ...entryHeaders(config) };
    this.redact = createRedactor(config);
    this.#pool = new Pool(this.url.origin, {
      bodyTimeout: 0,
      headersTimeout: 0,
      // Below the 5 s after which common servers close idle sockets: reuse of a dying one has an unknown outcome.
      keepAliveTimeout: 4_000,
      connect: { timeout: SERVERS.connectTimeout },
    });
  }

  /** The address without what may be secret. */
  get shown(): string {
    return shownUrl(this.url);
  }

  /** Redirects are followed within the origin only: the headers of the entry belong to it. */
  async request(request: RemoteRequest): Promise<RemoteResponse> {
    let url = request.url ?? this.url;
    for (let redirects = 0; redirects <= SERVERS.maxRedirects; redirects++) {
      const response = await this.#pool.request({
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { ...this.#headers, ...request.headers, 'accept-encoding': 'identity' },
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
      const { location } = response.headers;
      if (!isRedirect(response.statusCode, request.method) || typeof location !== 'string') return response;
      await response.body.dump();
      url = this.#redirected(location, url);
    }
    throw new Error(
      `${this.shown} redirects more than ${SERVERS.maxRedirects} times; correct mcpServers.${this.#name}.url`,
    );
  }

  /** A sentence for a response that is no success; reads its body unless that is given. */
  async refusal(response: RemoteResponse, body?: string): Promise<string> {
    const { statusCode } = response;
    const text = body ?? (await readBody(response, SERVERS.maxErrorBody).catch(() => ''));
    const what = `${this.shown} answered ${statusCode}${excerpt(this.redact(text), response)}`;
    const entry = `mcpServers.${this.#name}`;
    if (statusCode === 401 || statusCode === 403) return `${what}; check ${entry}.headers`;
    if (statusCode !== 404 && statusCode !== 405) return what;
    return `${what}; check ${entry}.url, and that ${entry}.type (sse or streamable-http) is what the server speaks`;
  }

  /** A sentence for an error of the network. */
  explain(error: unknown): string {
    const code = errorCode(error);
    if (code === 'ECONNREFUSED') return `nothing listens at ${this.shown} (ECONNREFUSED)`;
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host name of ${this.shown} is not known (${code})`;
    if (code === 'UND_ERR_CONNECT_TIMEOUT') return `${this.shown} does not accept connections (connect time-out)`;
    const text = this.redact(error instanceof Error ? error.message : String(error));
    return text.includes(this.shown) ? text : `${this.shown}: ${text}${code === '' ? '' : ` (${code})`}`;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #redirected(location: string, from: URL): URL {
    const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
    if (to?.origin === this.url.origin) return to;
    const where = to === undefined ? 'no valid address' : shownUrl(to);
    throw new Error(
      `${this.shown} redirects to ${where}, which is not followed; if it is right, set mcpServers.${this.#name}.url to it`,
    );
  }
}

/** Errors before a connection was there. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;

/** The server cannot be reached at all. */
export function isNotConnected(error: unknown): boolean {
  return NOT_CONNECTED.test(errorCode(error));
}

/** Whether the server may have seen the request although there is no response: the connection broke after it was made. */
export function mayHaveArrived(error: unknown): boolean {
  return errorCode(error) !== '' && !isNotConnected(error);
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

function isRedirect(status: number, method: string): boolean {
  return status === 307 || status === 308 || (method === 'GET' && (status === 301 || status === 302));
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
