import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp } from 'node:http';
import { createSecureServer, type Http2Session } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeConfig, KubeObject, Resource } from '../../../operator/kube/contract.ts';
import { type Certificate, createCertificate } from './certificate.ts';
import { createModel, type Model, WIDGETS } from './model.ts';

export interface Received {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Answers a request in the place of the server; false lets the server answer. */
export type Fault = (request: Received, response: ServerResponse) => boolean | undefined;

/** A small API server of one resource: list with pages, watch with bookmarks, reads and writes. */
export interface ApiServer {
  readonly url: string;
  readonly config: KubeConfig;
  readonly certificate: Certificate;
  readonly model: Model;
  readonly requests: Received[];
  /** Open watches. */
  readonly watches: Set<ServerResponse>;
  /** Open connections. */
  readonly sockets: Set<Socket>;
  /** Open HTTP/2 sessions. */
  readonly sessions: Set<Http2Session>;
  fault: Fault | undefined;
  /** Events of watches are written in pieces of so many bytes. */
  chunk: number | undefined;
  stop(): Promise<void>;
}

export interface ApiServerOptions {
  protocol: 'http' | 'https' | 'h2';
  resource?: Resource;
  certificate?: Certificate;
  /** Default: any free one. */
  port?: number;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { protocol, resource = WIDGETS, certificate = createCertificate(), port = 0 } = options;
  const model = createModel(resource);
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  const handle = (request: IncomingMessage, response: ServerResponse) => void answer(state, request, response);
  const server =
    protocol === 'http'
      ? createHttp(handle)
      : protocol === 'https'
        ? createHttps(certificate, handle)
        : createSecureServer({ ...certificate, allowHTTP1: true }, handle as never);
  server.on(protocol === 'http' ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session: Http2Session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `${protocol === 'http' ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: ApiServer = {
    url,
    certificate,
    config: {
      server: url,
      namespace: 'default',
      credentials: async () => ({ headers: { authorization: 'Bearer one' }, tls: { ca: certificate.cert } }),
    },
    model,
    requests: [],
    watches: new Set(),
    sockets,
    sessions,
    fault: undefined,
    chunk: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
        for (const socket of sockets) socket.destroy();
      }),
  };
  return state;
}

async function answer(server: ApiServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  response.on('error', () => undefined);
  try {
    for await (const chunk of request) body += chunk;
  } catch {
    return;
  }
  const received = {
    method: request.method ?? '',
    url: new URL(request.url ?? '', server.url),
    headers: request.headers,
    body,
  };
  server.requests.push(received);
  if (server.fault?.(received, response)) return;
  const [, namespace, name] =
    received.url.pathname.match(/^\/apis\/test\.example\/v1(?:\/namespaces\/([^/]+))?\/widgets(?:\/([^/]+))?/) ?? [];
  if (received.url.searchParams.has('watch')) return watch(server, received, namespace, response);
  if (received.url.pathname === '/apis/test.example/v1')
    return json(response, 200, { resources: [{ name: 'widgets' }] });
  if (!received.url.pathname.includes('/widgets')) return status(response, 404, 'NotFound');
  if (name !== undefined) return one(server, received, namespace ?? '', decodeURIComponent(name), response);
  if (received.method === 'GET') return list(server, received, namespace, response);
  const object = JSON.parse(body) as KubeObject;
  if (server.model.get(namespace ?? '', object.metadata.name)) return status(response, 409, 'AlreadyExists');
  return json(response, 201, server.model.put(namespace ?? '', object.metadata.name, object));
}

function one(
  server: ApiServer,
  { method, body }: Received,
  namespace: string,
  name: string,
  response: ServerResponse,
): void {
  const found = server.model.get(namespace, name);
  const sent = body === '' ? {} : JSON.parse(body);
  if (found === undefined && method !== 'PATCH') return status(response, 404, 'NotFound');
  if (method === 'DELETE') {
    if (sent.preconditions?.uid !== undefined && sent.preconditions.uid !== found?.metadata.uid)
      return status(response, 409, 'Conflict');
    server.model.remove(namespace, name);
    return json(response, 200, { kind: 'Status', status: 'Success' });
  }
  if (method === 'GET') return json(response, 200, found);
  const version = sent.metadata?.resourceVersion;
  if (version !== undefined && version !== found?.metadata.resourceVersion) return status(response, 409, 'Conflict');
  return json(response, 200, server.model.put(namespace, name, sent));
}

function list(server: ApiServer, { url }: Received, namespace: string | undefined, response: ServerResponse): void {
  const all = server.model.list(namespace).map(({ apiVersion: _version, kind: _kind, ...object }) => object);
  const from = Number(url.searchParams.get('continue') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? all.length) || all.length;
  const more = from + limit < all.length ? { continue: String(from + limit) } : {};
  json(response, 200, {
    metadata: { resourceVersion: String(server.model.version), ...more },
    items: all.slice(from, from + limit),
  });
}

function watch(server: ApiServer, { url }: Received, namespace: string | undefined, response: ServerResponse): void {
  const from = Number(url.searchParams.get('resourceVersion'));
  if (from < server.model.compactedTo) return status(response, 410, 'Expired');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  server.watches.add(response);
  const send = ({ type, object }: { type: string; object: KubeObject }) => {
    if (namespace !== undefined && object.metadata.namespace !== namespace) return;
    const line = Buffer.from(`${JSON.stringify({ type, object })}\n`);
    const size = server.chunk ?? line.length;
    for (let at = 0; at < line.length; at += size) response.write(line.subarray(at, at + size));
  };
  for (const event of server.model.since(from)) send(event);
  const forget = server.model.onEvent(send);
  response.on('close', () => {
    forget();
    server.watches.delete(response);
  });
}

export function status(response: ServerResponse, code: number, reason: string, headers = {}, details = {}): void {
  const body = { kind: 'Status', status: 'Failure', message: `because of ${reason}`, reason, code, details };
  json(response, code, body, headers);
}

export function json(response: ServerResponse, code: number, body: unknown, headers = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
