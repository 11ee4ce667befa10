import { CLUSTER_TOKEN, SESSION_ID } from '../../mcp/headers.ts';
import type { RouterContext } from '../context.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import type { Exchange } from './exchange.ts';

type Asked = Pick<Exchange, 'route' | 'head' | 'req' | 'session'>;

/** The path of the request at the node. Nodes of ours have a base path of their own, others that of the coordinator. */
export function upstreamPath({ basePath }: RouterContext, { route, session }: Asked, node: NodeEntry): string {
  const prefix = node.ours ? node.pathPrefix : basePath;
  if (route.kind !== 'messages' || session === undefined) return prefix + route.path + route.query;
  const rest = route.query === '' ? '' : `&${route.query.slice(1)}`;
  return `${prefix}/messages?sessionId=${encodeURIComponent(session.inner)}${rest}`;
}

/**
 * The headers of the request at the node, names and values in turn: the client's, without those of the hop and without the
 * key if the coordinator asked for it.
 * @param streamed whether the body is a stream, whose length undici does not know
 */
export function upstreamHeaders(
  { principals, clusterTokens }: RouterContext,
  { route, head, req, session }: Asked,
  node: NodeEntry,
  streamed: boolean,
): string[] {
  const { forward, authorization, host, contentLength } = head;
  const headers = forward.slice();
  if (session !== undefined && route.kind === 'mcp') headers.push(SESSION_ID, session.inner);
  if (authorization !== undefined && !principals.required()) headers.push('authorization', authorization);
  if (node.ours && clusterTokens[0] !== undefined) headers.push(CLUSTER_TOKEN, clusterTokens[0]);
  if (streamed && contentLength !== undefined) headers.push('content-length', String(contentLength));
  const { remoteAddress } = req.socket;
  if (remoteAddress !== undefined) headers.push('x-forwarded-for', remoteAddress);
  if (host !== undefined) headers.push('x-forwarded-host', host);
  return headers;
}
