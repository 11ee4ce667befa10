import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { type ClientOptions, Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Agent, request } from 'undici';

const INFO = { name: 'cluster-test', version: '1.0.0' };
const INSPECTOR = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url),
);

/** The client of SDK v1 on Streamable HTTP, or on HTTP+SSE when the URL says so. */
export async function connectV1(
  url: string,
  options: ClientOptions & {
    headers?: Record<string, string>;
    prepare?: (client: ClientV1) => void;
    fetch?: typeof fetch;
  } = {},
): Promise<ClientV1> {
  const { headers = {}, prepare, fetch: fetchOption, ...rest } = options;
  const client = new ClientV1(INFO, rest);
  prepare?.(client);
  const target = new URL(url);
  const init = { requestInit: { headers }, ...(fetchOption === undefined ? {} : { fetch: fetchOption }) };
  const transport = /^\/sse(\/|$)/.test(target.pathname)
    ? new SSEClientTransport(target, init)
    : new StreamableHTTPClientTransport(target, init);
  // Its optional properties are not written for exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<ClientV1['connect']>[0]);
  return client;
}

/** The client of SDK v2: `legacy` speaks the revisions with sessions, `modern` the one without, `auto` asks which. */
export async function connectV2(
  url: string,
  era: 'legacy' | 'auto' | 'modern' = 'legacy',
  {
    capabilities = {},
    headers = {},
    ...options
  }: {
    fetch?: typeof fetch;
    capabilities?: object;
    headers?: Record<string, string>;
  } = {},
): Promise<ClientV2> {
  const mode = era === 'modern' ? { pin: '2026-07-28' } : era;
  const client = new ClientV2(INFO, { versionNegotiation: { mode }, capabilities });
  await client.connect(new HttpV2(new URL(url), { requestInit: { headers }, ...options }));
  return client;
}

/** The command line of the inspector: its exit code and what it printed. */
export async function inspector(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [INSPECTOR, '--cli', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, stdout, stderr };
}

/** The text of the first content of a tool's result. */
export function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content[0]?.text ?? '';
}

export interface RpcReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The message with the answer, from JSON or from an event stream. */
  body: RpcMessage | undefined;
  /** All messages of an event stream. */
  events: RpcMessage[];
}

export interface RpcMessage {
  jsonrpc: '2.0';
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

const POST_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
let agent: Agent | undefined;

/** Sockets of raw requests, kept alive over tests; the last test of a file closes them. */
function dispatcher(): Agent {
  agent ??= new Agent({ connections: 64, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1_000 });
  return agent;
}

export async function closeSockets(): Promise<void> {
  const open = agent;
  agent = undefined;
  await open?.destroy();
}

/** One POST, as it is on the wire. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<RpcReply> {
  const response = await request(url, {
    method: 'POST',
    headers: { ...POST_HEADERS, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    dispatcher: dispatcher(),
    ...(signal === undefined ? {} : { signal }),
  });
  const received = await response.body.text();
  const events = messagesOf(received, String(response.headers['content-type']));
  const answer = events.find((message) => message.id !== undefined && message.method === undefined);
  return { status: response.statusCode, headers: response.headers, text: received, body: answer, events };
}

function messagesOf(received: string, type: string): RpcMessage[] {
  try {
    if (!type.startsWith('text/event-stream')) return [JSON.parse(received)].flat() as RpcMessage[];
  } catch {
    return [];
  }
  return received.split('\n').flatMap((line) => (line.startsWith('data: ') ? JSON.parse(line.slice(6)) : []));
}

/** A session of Streamable HTTP by hand, for tests that look at the wire or open many. */
export class RawSession {
  readonly url: string;
  readonly id: string;
  /** The answer to `initialize`. */
  readonly opened: RpcReply;
  readonly #headers: Record<string, string>;
  #counter = 1;

  constructor(url: string, opened: RpcReply, headers: Record<string, string>) {
    this.url = url;
    this.opened = opened;
    this.id = String(opened.headers['mcp-session-id']);
    this.#headers = { ...headers, 'mcp-session-id': this.id, 'mcp-protocol-version': '2025-06-18' };
  }

  static async open(url: string, headers: Record<string, string> = {}, capabilities = {}): Promise<RawSession> {
    const opened = await post(url, initialize(capabilities), headers);
    if (opened.status !== 200 || opened.body?.result === undefined) {
      throw new Error(`initialize was answered with ${opened.status}: ${opened.text}`);
    }
    const session = new RawSession(url, opened, headers);
    await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, session.#headers);
    return session;
  }

  request(method: string, params: object = {}, signal?: AbortSignal): Promise<RpcReply> {
    this.#counter += 1;
    return this.send({ jsonrpc: '2.0', id: this.#counter, method, params }, {}, signal);
  }

  send(body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<RpcReply> {
    return post(this.url, body, { ...this.#headers, ...headers }, signal);
  }

  /** The text that a tool answers. @throws when the answer is none */
  async call(name: string, args: object = {}): Promise<string> {
    const reply = await this.request('tools/call', { name, arguments: args });
    if (reply.body?.result === undefined) throw new Error(`${name} was answered with ${reply.status}: ${reply.text}`);
    return textOf(reply.body.result);
  }

  async close(): Promise<number> {
    const response = await request(this.url, {
      method: 'DELETE',
      headers: this.#headers,
      dispatcher: dispatcher(),
    });
    await response.body.dump();
    return response.statusCode;
  }

  /** Opens the session's event stream and returns once its head is there. */
  async listen(headers: Record<string, string> = {}): Promise<EventReader> {
    return openEvents(this.url, { ...this.#headers, ...headers });
  }
}

export function initialize(capabilities = {}): object {
  const params = { protocolVersion: '2025-06-18', capabilities, clientInfo: INFO };
  return { jsonrpc: '2.0', id: 0, method: 'initialize', params };
}

/** An open event stream: what came so far, and when. */
export interface EventReader {
  readonly status: number;
  readonly received: () => string;
  /** Resolves when the text is there. */
  until(wanted: string | RegExp, milliseconds?: number): Promise<string>;
  close(): void;
  readonly closed: Promise<void>;
  readonly response: IncomingMessage;
}

/** Opens a GET stream on a socket of its own. */
export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const sent: ClientRequest = httpRequest(url, {
    agent: false,
    headers: { accept: 'text/event-stream', ...headers },
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let received = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    received += chunk;
  });
  response.on('error', () => {});
  const closed = once(response, 'close').then(() => {});
  return {
    status: response.statusCode ?? 0,
    response,
    received: () => received,
    close: () => sent.destroy(),
    closed,
    until: (wanted, milliseconds = 10_000) =>
      new Promise((resolve, reject) => {
        const settle = (end: () => void) => {
          clearTimeout(timer);
          response.off('data', look);
          response.off('close', ended);
          end();
        };
        const look = () => {
          const found = typeof wanted === 'string' ? received.includes(wanted) : wanted.test(received);
          if (found) settle(() => resolve(received));
        };
        const ended = () => settle(() => reject(new Error(`the stream ended with: ${received.slice(-500)}`)));
        const timer = setTimeout(
          () => settle(() => reject(new Error(`the stream never had ${wanted}: ${received.slice(-500)}`))),
          milliseconds,
        );
        response.on('data', look);
        response.on('close', ended);
        look();
      }),
  };
}
