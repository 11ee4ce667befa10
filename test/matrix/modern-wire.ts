import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { encodeHeaderValue } from '../../mcp/header-value.ts';
import { META, mcpName, metaOf } from '../../mcp/modern.ts';
import { FIRST_MODERN_REVISION } from '../../mcp/revisions.ts';
import { post, type RpcMessage, type RpcReply } from '../support/clients.ts';
import { until } from '../support/until.ts';

/** Requests of 2026-07-28 by hand: the envelope in the body and the headers that repeat it, and each of them otherwise if a test says so. */
export interface ModernRequest {
  method: string;
  params?: Record<string, unknown>;
  id?: string | number;
  /** Beside or in place of the envelope; undefined takes a field away. */
  meta?: Record<string, unknown>;
  /** Beside or in place of the standard headers; undefined takes a header away. */
  headers?: Record<string, string | undefined>;
}

const ENVELOPE = {
  [META.protocolVersion]: FIRST_MODERN_REVISION,
  [META.clientCapabilities]: {},
  [META.clientInfo]: { name: 'by-hand', version: '1.0.0' },
};

export function messageOf({ method, params = {}, id = 1, meta = {} }: ModernRequest): RpcMessage {
  const _meta = withoutUndefined({ ...ENVELOPE, ...metaOf(params), ...meta });
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta } };
}

export function headersOf({ method, params, headers = {} }: ModernRequest): Record<string, string> {
  const name = mcpName(method, params);
  return withoutUndefined({
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': FIRST_MODERN_REVISION,
    'mcp-method': method,
    'mcp-name': name === undefined ? undefined : encodeHeaderValue(name),
    ...headers,
  }) as Record<string, string>;
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** One request to its end. */
export function ask(url: string, request: ModernRequest, signal?: AbortSignal): Promise<RpcReply> {
  return post(url, messageOf(request), headersOf(request), signal);
}

/** A request whose answer is read while it comes. */
export class ModernStream {
  readonly messages: RpcMessage[] = [];
  readonly status: number;
  readonly response: IncomingMessage;
  ended = false;
  readonly #sent: ClientRequest;
  #rest = '';

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#sent = sent;
    this.response = response;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#read(chunk));
    response.on('error', () => {});
    response.once('close', () => {
      this.ended = true;
    });
  }

  /** @returns once the head of the response is there */
  static open(url: string, request: ModernRequest): Promise<ModernStream> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(url, { method: 'POST', agent: false, headers: headersOf(request) });
      sent.once('response', (response) => resolve(new ModernStream(sent, response)));
      sent.once('error', reject);
      sent.end(JSON.stringify(messageOf(request)));
    });
  }

  /** The first message for which it is true. */
  async first(wanted: (message: RpcMessage) => boolean, milliseconds = 5_000): Promise<RpcMessage> {
    await until(() => this.messages.some(wanted), milliseconds).catch(() => {
      throw new Error(`no such message: ${wanted}, among ${JSON.stringify(this.messages)}`);
    });
    return this.messages.find(wanted) as RpcMessage;
  }

  named(method: string): Promise<RpcMessage> {
    return this.first((message) => message.method === method);
  }

  async end(milliseconds = 5_000): Promise<void> {
    await until(() => this.ended, milliseconds);
  }

  close(): void {
    this.#sent.destroy();
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) this.messages.push(JSON.parse(line.slice(6)));
  }
}
