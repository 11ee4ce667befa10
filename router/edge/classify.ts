import { type Era, isModernRevision } from '../../mcp/revisions.ts';
import { type RouterError, routerError } from '../errors.ts';

export type RouteKind = 'mcp' | 'sse' | 'messages';

/** An MCP request as its method, path and headers tell; the body is not looked at. */
export interface Route {
  kind: RouteKind;
  era: Era;
  /** `''` for all servers, else a group or a server. */
  target: string;
  /** The session id as the client sent it; never set for `modern`. */
  sessionId: string | undefined;
  /** Path below the base path as the client sent it, without a trailing slash; for `messages` without the target. */
  path: string;
  /** `?…` of the URL or `''`; for `messages` without the session id. */
  query: string;
}

interface MatchedPath {
  kind: RouteKind;
  target: string;
  path: string;
}

const BAD_PATH = routerError('MCPHUB_BAD_PATH');
const BAD_SESSION_ID = routerError('MCPHUB_BAD_SESSION_ID');
const BAD_STATE_ID = routerError('MCPHUB_BAD_STATE_ID');
const MISSING_SESSION_ID = routerError('MCPHUB_MISSING_SESSION_ID');
const ALLOWED: Record<RouteKind, readonly string[]> = {
  mcp: ['GET', 'POST', 'DELETE'],
  sse: ['GET'],
  messages: ['POST'],
};

/** What of the head decides; see `RequestHead`. */
interface Marks {
  sessionId: string | undefined;
  protocolVersion: string | undefined;
  stateId?: string | undefined;
}

/** @returns the route, why it is refused, or undefined when this is no MCP path */
export type Classifier = (method: string, url: string, head: Marks) => Route | RouterError | undefined;

/**
 * Makes the classifier for a base path (`''` or `/x`). A version header of 2026-07-28 or later makes a request
 * `modern` (2026-07-28, basic/transports/streamable-http); an `Mcp-Method` header does not, as legacy clients send it.
 */
export function createClassifier(basePath: string): Classifier {
  const match = rememberPaths(basePath);
  return (method, url, head) => {
    const target = url.startsWith('/') ? url : originForm(url);
    const mark = target.indexOf('?');
    const matched = match(mark < 0 ? target : target.slice(0, mark));
    if (matched === undefined || 'status' in matched) return matched;
    if (!ALLOWED[matched.kind].includes(method)) return notAllowed(method, ALLOWED[matched.kind]);
    const query = mark < 0 ? '' : target.slice(mark);
    return matched.kind === 'messages'
      ? messagesRoute(matched.target, query)
      : streamRoute(matched, method, query, head);
  };
}

function notAllowed(method: string, methods: readonly string[]): RouterError {
  const allowed = methods.join(', ');
  return routerError('MCPHUB_METHOD_NOT_ALLOWED', { method, allowed }, { allowed });
}

/** Servers must accept a whole URL as the request target too (RFC 9112, section 3.2.2). */
function originForm(url: string): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
}

function streamRoute(
  { kind, target, path }: MatchedPath,
  method: string,
  query: string,
  head: Marks,
): Route | RouterError {
  const era = eraOf(kind, head.protocolVersion);
  if (era === 'modern') {
    // There are no sessions to listen to or to end (2026-07-28, basic/transports/streamable-http).
    if (method !== 'POST') return notAllowed(method, ['POST']);
    if (head.stateId !== undefined && !STATE_ID.test(head.stateId)) return BAD_STATE_ID;
  }
  const sessionId = era === 'legacy' ? head.sessionId : undefined;
  if (sessionId !== undefined && !isSessionId(sessionId)) return BAD_SESSION_ID;
  return { kind, era, target, sessionId, path, query };
}

function eraOf(kind: RouteKind, protocolVersion: string | undefined): Era {
  if (kind !== 'mcp') return 'legacy-sse';
  return isModernRevision(protocolVersion) ? 'modern' : 'legacy';
}

function messagesRoute(target: string, query: string): Route | RouterError {
  const parameters = new URLSearchParams(query);
  const [sessionId, second] = parameters.getAll('sessionId');
  if (sessionId === undefined || sessionId === '') return MISSING_SESSION_ID;
  if (second !== undefined || !isSessionId(sessionId)) return BAD_SESSION_ID;
  parameters.delete('sessionId');
  const rest = parameters.toString();
  return {
    kind: 'messages',
    era: 'legacy-sse',
    target,
    sessionId,
    path: '/messages',
    query: rest === '' ? '' : `?${rest}`,
  };
}

const STATE_ID = /^[\x21-\x7e]{1,128}$/;

/** Visible ASCII (2025-11-25, basic/transports, "Session Management"), and no longer than any id we issue. */
function isSessionId(value: string): boolean {
  return value.length <= 512 && /^[\x21-\x7e]+$/.test(value);
}

/** Paths repeat; each is decoded once. */
function rememberPaths(basePath: string): (path: string) => MatchedPath | RouterError | undefined {
  const seen = new Map<string, MatchedPath | RouterError | undefined>();
  return (path) => {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const matched = matchPath(basePath, path);
    if (matched !== undefined && path.length < 1_000) {
      if (seen.size >= 1_000) seen.clear();
      seen.set(path, matched);
    }
    return matched;
  };
}

function matchPath(basePath: string, path: string): MatchedPath | RouterError | undefined {
  if (!path.startsWith(`${basePath}/`)) return undefined;
  const slash = path.indexOf('/', basePath.length + 1);
  const kind = path.slice(basePath.length + 1, slash < 0 ? undefined : slash);
  if (kind !== 'mcp' && kind !== 'sse' && kind !== 'messages') return undefined;
  const rest = slash < 0 ? '' : path.slice(slash + 1).replace(/\/$/, '');
  try {
    return { kind, target: decodeURIComponent(rest), path: rest === '' ? `/${kind}` : `/${kind}/${rest}` };
  } catch {
    return BAD_PATH;
  }
}

/** A target as part of a path: each of its segments encoded, the slashes between them kept. */
export function encodeTarget(target: string): string {
  return target === '' ? '' : `/${target.split('/').map(encodeURIComponent).join('/')}`;
}
