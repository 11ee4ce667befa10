import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  message: { id?: number; method?: string; params?: Record<string, unknown>; result?: unknown; error?: unknown };
}

type Handler = (seen: Seen, res: ServerResponse) => void;

/** A remote server over Streamable HTTP on loopback, whose answers a test can replace one by one. */
export class RemoteFixture {
  readonly seen: Seen[] = [];
  /** By JSON-RPC method of a POST, or by `GET` and `DELETE`; `*` before all. */
  readonly handlers: Record<string, Handler> = {};
  sessions = 0;
  readonly #server: Server;
  readonly #arrivals = new EventTarget();

  /** @param tls key and certificate in PEM, for https */
  constructor(tls?: { key: string; cert: string }) {
    const serve = (req: IncomingMessage, res: ServerResponse) => void this.#serve(req, res);
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  async start(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Resolves with the first request, past or to come, of this HTTP or JSON-RPC method. */
  async arrival(method: string): Promise<Seen> {
    for (;;) {
      const found = this.seen.find((seen) => seen.method === method || seen.message.method === method);
      if (found !== undefined) return found;
      await once(this.#arrivals, 'request');
    }
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readText(req);
    const { method = '', url = '', headers } = req;
    const seen: Seen = { method, url, headers, message: body === '' ? {} : JSON.parse(body) };
    this.seen.push(seen);
    this.#arrivals.dispatchEvent(new Event('request'));
    const handler = this.handlers['*'] ?? this.handlers[method === 'POST' ? String(seen.message.method) : method];
    if (handler !== undefined) handler(seen, res);
    else this.usual(seen, res);
  }

  /** What is answered where no handler is set. */
  usual(seen: Seen, res: ServerResponse): void {
    const { method } = seen;
    if (method !== 'POST') return void res.writeHead(405).end();
    if (seen.message.id === undefined || seen.message.method === undefined) return void res.writeHead(202).end();
    if (seen.message.method === 'initialize') return this.initialize(seen, res);
    json(res, { jsonrpc: '2.0', id: seen.message.id, result: { content: [{ type: 'text', text: 'plain' }] } });
  }

  initialize({ message }: Seen, res: ServerResponse): void {
    res.setHeader('mcp-session-id', `session-${++this.sessions}`);
    const serverInfo = { name: 'remote', version: '1' };
    json(res, {
      jsonrpc: '2.0',
      id: message.id,
      result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo },
    });
  }
}

export function json(res: ServerResponse, value: unknown, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

export function stream(res: ServerResponse): ServerResponse {
  res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  return res;
}

export function event(value: unknown, fields = ''): string {
  return `${fields}data: ${JSON.stringify(value)}\n\n`;
}

export function answer(id: number | undefined, text: string) {
  return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } };
}
