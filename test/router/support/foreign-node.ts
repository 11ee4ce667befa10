import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What a test makes a tool call do. */
export type ToolBehaviour = (req: IncomingMessage, res: ServerResponse, id: unknown) => void;

/**
 * A node as those of the original cluster branch: UUID session ids, no metadata, plain JSON answers, HTTP+SSE.
 * `behaviours` maps a tool's name to what its call does.
 */
export interface ForeignNode {
  readonly id: string;
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  readonly sessions: Set<string>;
  readonly openStreams: Set<ServerResponse>;
  readonly behaviours: Map<string, ToolBehaviour>;
  readonly server: Server;
  /** Answers every request in place of the normal way, when set. */
  override: ((req: IncomingMessage, res: ServerResponse, body: string) => boolean) | undefined;
  stop(): Promise<void>;
}

export async function startForeignNode(id: string, port = 0): Promise<ForeignNode> {
  const node = {
    id,
    seen: [] as SeenRequest[],
    sessions: new Set<string>(),
    openStreams: new Set<ServerResponse>(),
    behaviours: new Map<string, ToolBehaviour>(),
    override: undefined as ForeignNode['override'],
  };
  const sse = new Map<string, ServerResponse>();
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      node.seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
      if (node.override?.(req, res, body) === true) return;
      const path = (req.url ?? '').split('?')[0] ?? '';
      if (path.endsWith('/messages')) return message(req, res, body);
      if (/\/sse(\/|$)/.test(path)) return openSse(res);
      streamable(req, res, body);
    });
  });

  function openSse(res: ServerResponse): void {
    const session = randomUUID();
    sse.set(session, res);
    node.openStreams.add(res);
    res.on('close', () => {
      sse.delete(session);
      node.openStreams.delete(res);
    });
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(`event: endpoint\ndata: /messages?sessionId=${session}\n\n`);
  }
  function message(req: IncomingMessage, res: ServerResponse, body: string): void {
    const stream = sse.get(new URL(req.url ?? '', 'http://x').searchParams.get('sessionId') ?? '');
    if (stream === undefined) return void res.writeHead(404).end('No transport found for sessionId');
    res.writeHead(202).end('Accepted');
    const { id: rpcId } = JSON.parse(body);
    if (rpcId !== undefined) stream.write(`event: message\ndata: ${answer(rpcId, { node: id })}\n\n`);
  }
  function streamable(req: IncomingMessage, res: ServerResponse, body: string): void {
    const session = req.headers['mcp-session-id'];
    if (req.method === 'GET') {
      if (typeof session !== 'string' || !node.sessions.has(session)) return void res.writeHead(400).end('bad');
      node.openStreams.add(res);
      res.on('close', () => node.openStreams.delete(res));
      res.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': session }).flushHeaders();
      return;
    }
    if (req.method === 'DELETE') {
      node.sessions.delete(String(session));
      return void res.writeHead(200).end();
    }
    call(res, req, body, session);
  }
  function call(res: ServerResponse, req: IncomingMessage, body: string, session: string | string[] | undefined): void {
    const { id: rpcId, method, params } = JSON.parse(body);
    if (method === 'initialize') {
      const created = randomUUID();
      node.sessions.add(created);
      return json(
        res,
        answer(rpcId, { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: id, version: '1' } }),
        created,
      );
    }
    if (typeof session !== 'string' || !node.sessions.has(session)) {
      return void res.writeHead(400, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          jsonrpc: '2.0',
          error: { code: -32000, message: 'Bad Request: No valid session ID provided' },
          id: null,
        }),
      );
    }
    if (rpcId === undefined) return void res.writeHead(202).end();
    const behaviour = node.behaviours.get(params?.name);
    if (behaviour !== undefined) return behaviour(req, res, rpcId);
    json(res, answer(rpcId, { node: id, session }), session);
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return Object.assign(node, {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    server,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

export function answer(id: unknown, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

export function json(res: ServerResponse, body: string, session?: string): void {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  res.writeHead(200, session === undefined ? headers : { ...headers, 'mcp-session-id': session }).end(body);
}
