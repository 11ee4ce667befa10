import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { secretsMatch } from '../../cluster/token.ts';
import { TRUNK_PATH } from '../../cluster/trunk/frames.ts';
import { CLUSTER_TOKEN } from '../../mcp/headers.ts';
import { CONFIG } from '../config.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import { asksForTrunk, Trunks } from '../trunk/trunks.ts';
import { serveApi } from './api.ts';
import type { HubRequest, HubResponse } from './carried.ts';
import { refuse, respondJson } from './http-errors.ts';
import { openSse, serveSseMessage } from './legacy-sse.ts';
import { type OwnPort, strangerProblem } from './own-port.ts';
import { serveStreamable } from './streamable.ts';

export interface EndpointOptions {
  basePath: string;
  /** Any of them opens the MCP endpoints; none leaves them open to all who reach the node. */
  clusterTokens: () => readonly string[];
  nodeId: string;
  port: OwnPort;
}

/** What a node listens with. */
export interface Endpoint {
  readonly server: Server;
  readonly trunks: Trunks;
}

/** The HTTP server of a node: MCP endpoints for its coordinators, `/health` and the status of the cluster API. */
export function createEndpoint(hub: Hub, options: EndpointOptions): Endpoint {
  const serve = hub.boundary(
    'request',
    (request: HubRequest, response: HubResponse) => route(hub, options, request, response),
    (fault, _request, response) => refuse(response, fault),
  );
  const trunks = new Trunks(serve);
  const server = createServer(
    {
      maxHeaderSize: CONFIG.maxHeaderSize,
      headersTimeout: CONFIG.headersTimeout,
      requestTimeout: CONFIG.requestTimeout,
      connectionsCheckingInterval: CONFIG.slowSenderInterval,
      keepAliveTimeout: CONFIG.keepAliveTimeout,
      noDelay: true,
      // Other protocols are not changed to: such a request is served as it is (RFC 9110, section 7.8).
      shouldUpgradeCallback: asksForTrunk,
    },
    hub.boundary(
      'request',
      (request: IncomingMessage, response: ServerResponse) => {
        const problem = portProblem(hub, options, request);
        if (problem !== undefined) refuse(response, problem);
        else route(hub, options, request, response);
      },
      (fault, _request, response) => refuse(response, fault),
    ),
  );
  const upgrade = (request: IncomingMessage, socket: Socket, first: Buffer) => {
    // What goes wrong shows as `close`.
    socket.on('error', () => undefined);
    const isThere = split(request.url ?? '/', options.basePath).path === TRUNK_PATH;
    const isOpen = portProblem(hub, options, request) === undefined && admitted(request, options.clusterTokens());
    if (isThere && isOpen) trunks.accept(socket, first);
    else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  };
  const endUpgrade = (_fault: unknown, _request: IncomingMessage, socket: Socket) => socket.destroy();
  server.on('upgrade', hub.boundary('request for a trunk', upgrade, endUpgrade));
  return { server, trunks };
}

function route(hub: Hub, options: EndpointOptions, request: HubRequest, response: HubResponse): void {
  const { path, query } = split(request.url ?? '/', options.basePath);
  const [, room = '', rest = ''] = /^\/(mcp|sse|messages)(?:\/(.*))?$/.exec(path) ?? [];
  if (room === '') return serveApi(hub, options, request, response, path);
  if (!admitted(request, options.clusterTokens()))
    return refuse(response, new NodeError('MCPHUB_CLUSTER_TOKEN_REQUIRED'));
  const target = decode(rest);
  if (target === undefined) return refuse(response, new NodeError('MCPHUB_BAD_PATH', { path }));
  if (room === 'mcp') return serveStreamable(hub, target, request, response);
  if (room === 'sse' && request.method === 'GET')
    return openSse(hub, { target, basePath: options.basePath }, request, response);
  if (room === 'messages' && request.method === 'POST') {
    return serveSseMessage(hub, { id: new URLSearchParams(query).get('sessionId'), target }, request, response);
  }
  response.setHeader('allow', room === 'sse' ? 'GET' : 'POST');
  respondJson(response, 405, { success: false, message: `${request.method} is not allowed on ${path}` });
}

/** Why a request that shows no token of the cluster is not let in; members are, whatever they call the node. */
function portProblem({ settings }: Hub, { clusterTokens, port }: EndpointOptions, request: IncomingMessage) {
  const tokens = clusterTokens();
  if (tokens.length > 0 && admitted(request, tokens)) return undefined;
  return strangerProblem(request.headers, port, settings.current.systemConfig.routing);
}

function admitted(request: HubRequest, tokens: readonly string[]): boolean {
  if (tokens.length === 0) return true;
  const presented = request.headers[CLUSTER_TOKEN];
  return typeof presented === 'string' && tokens.some((token) => secretsMatch(presented, token));
}

function split(url: string, basePath: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  const whole = mark < 0 ? url : url.slice(0, mark);
  const path = basePath !== '' && whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : whole;
  return {
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
    query: mark < 0 ? '' : url.slice(mark + 1),
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
