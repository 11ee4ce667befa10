import { encodeSessionNote } from '../../cluster/session-note.ts';
import {
  CLIENT_AUTHORIZATION,
  CLUSTER_TOKEN,
  LAST_EVENT_ID,
  ONLY_IF_HELD,
  PRINCIPAL,
  SESSION_ID,
  SESSION_NOTE,
} from '../../mcp/headers.ts';
import type { RouterContext } from '../context.ts';
import { encodeTarget } from '../edge/classify.ts';
import { toldOf } from '../edge/proxies.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import { mayBeHeldElsewhere } from '../sessions/locate.ts';
import type { Exchange } from './exchange.ts';
import type { Attempt } from './forward.ts';
import type { Payload } from './payload.ts';
import { staysOpen } from './stays-open.ts';

/** In place of a tag, for a session that is yet to be opened. */
const NEW_SESSION = '-';

type Asked = Pick<Exchange, 'route' | 'head' | 'req' | 'session' | 'principal'>;

/** Sends the request to the node of an attempt, which gets the answer. @throws Error when the request is not sound */
export function dispatchTo(context: RouterContext, asked: Asked, attempt: Attempt, payload: Payload): void {
  const { node } = attempt;
  const method = asked.req.method as string;
  const headers = upstreamHeaders(context, asked, node, payload.streamed);
  const shared = !staysOpen(asked);
  const request = { method, path: upstreamPath(context, asked, node), headers, body: payload.body, shared };
  context.pools.of(node).dispatch(request, attempt);
}

/**
 * The path of the request at the node. Nodes of ours have a base path of their own, and are told the target of what is posted,
 * since they may have to re-create its session; others have the base path of the coordinator.
 */
export function upstreamPath({ basePath }: RouterContext, { route, session }: Asked, node: NodeEntry): string {
  const prefix = node.ours ? node.pathPrefix : basePath;
  if (route.kind !== 'messages' || session === undefined) return prefix + route.path + route.query;
  const rest = route.query === '' ? '' : `&${route.query.slice(1)}`;
  const target = node.ours ? encodeTarget(route.target) : '';
  return `${prefix}/messages${target}?sessionId=${encodeURIComponent(session.inner)}${rest}`;
}

/**
 * The headers of the request at the node, names and values in turn: the client's, without those of the hop and without the
 * key if the coordinator asked for it.
 * @param streamed whether the body is a stream, whose length must be told, and which cannot be sent twice
 */
export function upstreamHeaders(context: RouterContext, asked: Asked, node: NodeEntry, streamed: boolean): string[] {
  const { principals } = context;
  const { route, head, req, session } = asked;
  const { forward, authorization, host, origin, contentLength, lastEventId } = head;
  const headers = forward.slice();
  if (session !== undefined && route.kind !== 'messages') headers.push(SESSION_ID, session.inner);
  if (lastEventId !== undefined && session?.tag === node.tag) headers.push(LAST_EVENT_ID, lastEventId);
  if (authorization !== undefined && !principals.required()) headers.push('authorization', authorization);
  if (node.ours) addForMembers(context, asked, !streamed, headers);
  else if (origin !== undefined) headers.push('origin', origin);
  if (streamed && contentLength !== undefined) headers.push('content-length', String(contentLength));
  const told = toldOf(context, req, head);
  const address = told.address ?? req.socket.remoteAddress;
  if (address !== undefined) headers.push('x-forwarded-for', address);
  const name = told.host ?? host;
  if (name !== undefined) headers.push('x-forwarded-host', name);
  return headers;
}

/** What nodes of ours are told: that a member of the cluster asks, for whom, and what it knows of the session. */
function addForMembers(context: RouterContext, asked: Asked, movable: boolean, headers: string[]): void {
  const { clusterTokens, claims } = context;
  const { head, route, session, principal } = asked;
  const [token] = clusterTokens();
  if (token !== undefined) headers.push(CLUSTER_TOKEN, token);
  // Of a client of another member; that of a client of ours is its own, or the key of the hub, which no server gets.
  if (head.clientAuthorization !== undefined) headers.push(CLIENT_AUTHORIZATION, head.clientAuthorization);
  if (route.era === 'modern') return void headers.push(PRINCIPAL, principal.hash);
  const tag = session?.tag ?? NEW_SESSION;
  const epoch = session?.key === undefined ? 0 : (claims.of(session.key)?.epoch ?? 0);
  headers.push(SESSION_NOTE, encodeSessionNote({ tag, epoch, movable, principal: principal.hash }));
  if (session !== undefined && mayBeHeldElsewhere(context, session)) headers.push(ONLY_IF_HELD, '1');
}
