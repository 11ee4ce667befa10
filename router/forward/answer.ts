import type { IncomingHttpHeaders } from 'node:http';
import { isInnerId } from '../../cluster/session-id.ts';
import { SESSION_ID } from '../../mcp/headers.ts';
import type { RouterContext } from '../context.ts';
import { encodeTarget } from '../edge/classify.ts';
import { toldOf } from '../edge/proxies.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import { sessionHash } from '../sessions/affinities.ts';
import { createEndpointRewriter, type EndpointRewriter } from './endpoint-event.ts';
import type { Exchange } from './exchange.ts';

/** What the answer to a request gets beside the node's own head and bytes. */
export interface AnswerExtras {
  /** Header names and values in turn. */
  extra: string[];
  rewriter: EndpointRewriter | undefined;
  /** The answer opens a session. */
  opened: boolean;
}

type Asked = Pick<Exchange, 'req' | 'route' | 'head' | 'principal' | 'session' | 'onSession'>;

/** Makes the client's side of a node's answer: session id, CORS, and the marks of the sticky strategies. */
export function answerExtras(
  context: RouterContext,
  asked: Asked,
  node: NodeEntry,
  status: number,
  headers: IncomingHttpHeaders,
): AnswerExtras {
  const { enabled, strategy, headerName } = context.settings.current.systemConfig.cluster.stickySession;
  const extra: string[] = [...context.edge.corsHeaders(asked.head)];
  if (enabled && strategy === 'header') extra.push(headerName, node.id);
  const opened = asked.route.kind === 'sse' ? status === 200 : passSessionId(context, asked, node, headers, extra);
  if (opened && enabled && strategy === 'cookie') extra.push('set-cookie', cookieFor(context, asked, node));
  const rewriter =
    asked.route.kind === 'sse' && opened
      ? createEndpointRewriter((id) => endpointFor(context, asked, node, id))
      : undefined;
  return { extra, rewriter, opened };
}

/** Gives the client its own form of the session id. @returns whether the session is new */
function passSessionId(
  context: RouterContext,
  { route, session, principal }: Asked,
  node: NodeEntry,
  headers: IncomingHttpHeaders,
  extra: string[],
): boolean {
  const inner = headers[SESSION_ID];
  if (inner === undefined || route.era !== 'legacy') return false;
  if (typeof inner !== 'string' || !isInnerId(inner)) throw new Error('the session id of its answer is none');
  if (session?.inner === inner) {
    extra.push(SESSION_ID, session.id);
    return false;
  }
  const { id } = context.sessions.seal(node.tag, inner, route.target, principal);
  extra.push(SESSION_ID, id);
  context.log.debug({ session: sessionHash(id), node: node.id }, 'Session opened');
  return true;
}

/**
 * Where a client of HTTP+SSE posts; the target is in the path because the session id is bound to it. A client whose stream
 * goes on at another node knows that already.
 */
function endpointFor(context: RouterContext, asked: Asked, node: NodeEntry, inner: string): string | undefined {
  if (asked.session !== undefined) return undefined;
  if (!isInnerId(inner)) throw new Error('the session id of its endpoint event is none');
  const { target } = asked.route;
  const session = context.sessions.seal(node.tag, inner, target, asked.principal);
  asked.onSession(session);
  return `${publicPath(context, asked)}/messages${encodeTarget(target)}?sessionId=${encodeURIComponent(session.id)}`;
}

/** The base path as clients see it, before a proxy may strip some of it. */
function publicPath(context: RouterContext, { req, head }: Asked): string {
  return `${toldOf(context, req, head).prefix ?? ''}${context.basePath}`;
}

function cookieFor(context: RouterContext, asked: Asked, node: NodeEntry): string {
  const { stickySession, coordinator } = context.settings.current.systemConfig.cluster;
  const secure = toldOf(context, asked.req, asked.head).proto === 'https' ? '; Secure' : '';
  const age = Math.floor(coordinator.stickySessionTimeout / 1000);
  return `${stickySession.cookieName}=${node.id}; Path=${publicPath(context, asked) || '/'}; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`;
}
