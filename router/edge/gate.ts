import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasClusterToken } from '../api/api-auth.ts';
import { refuseStranger } from '../api/plain-reply.ts';
import type { RouterContext } from '../context.ts';
import { type RouterError, routerError } from '../errors.ts';
import { Exchange } from '../forward/exchange.ts';
import { send, sendError } from '../forward/reply.ts';
import type { Classifier, Route } from './classify.ts';
import { type RequestHead, readHead } from './head.ts';
import { dropMemberHeaders, memberOf } from './members.ts';
import { type Principal, targetsOf } from './principals.ts';
import { toldOf } from './proxies.ts';

/** What follows the checks: the exchanges in flight, and who answers everything that is no MCP request. */
export interface GateOptions {
  classify: Classifier;
  exchanges: Set<Exchange>;
  /** False from the moment on at which the coordinator is to stop. */
  serving: () => boolean;
  api: (req: IncomingMessage, res: ServerResponse) => void;
}

const GLOBAL_DISABLED = 'Global routes are disabled. Please specify a group ID.';

/** The way of every request into the coordinator: Host, Origin, route, key, target; then the exchange begins. */
export function createGate(context: RouterContext, options: GateOptions) {
  const { classify, exchanges, serving, api } = options;
  const { edge, principals, metrics } = context;

  function refuse(res: ServerResponse, head: RequestHead, error: RouterError): void {
    metrics.refused(error.status);
    sendError(res, error, [], edge.corsHeaders(head));
  }
  function hostProblem(req: IncomingMessage, head: RequestHead): RouterError | undefined {
    const problem = edge.checkHost(toldOf(context, req, head).host ?? head.host);
    // Members of the cluster call the coordinator by names that no browser has.
    if (problem !== undefined && hasClusterToken(head.authorization, context.clusterTokens())) return undefined;
    return problem;
  }

  function toApi(req: IncomingMessage, res: ServerResponse, head: RequestHead): void {
    const cors = edge.corsHeaders(head);
    for (let i = 0; i < cors.length; i += 2) res.setHeader(cors[i] as string, cors[i + 1] as string);
    api(req, res);
  }
  function begin(req: IncomingMessage, res: ServerResponse, head: RequestHead, route: Route, who: Principal): void {
    // The client's next request goes to another coordinator, on a new connection.
    if (!serving()) res.shouldKeepAlive = false;
    new Exchange(context, req, res, head, route, who).start(exchanges);
  }
  function fromClient(req: IncomingMessage, res: ServerResponse, head: RequestHead, route: Route): void {
    dropMemberHeaders(head);
    const principal = principals.authenticate(head.authorization);
    if (typeof principal === 'string') return unauthorized(context, res, head, principal);
    if (admit(context, res, head, route, principal)) begin(req, res, head, route, principal);
  }
  /** No browser has the token, and the client was let in by the coordinator that it came to. */
  function fromMember(
    req: IncomingMessage,
    res: ServerResponse,
    head: RequestHead,
    route: Route | RouterError,
    member: Principal,
  ): void {
    if (head.duplicate !== undefined) {
      return refuse(res, head, routerError('MCPHUB_DUPLICATE_HEADER', { header: head.duplicate }));
    }
    if ('status' in route) return refuse(res, head, route);
    begin(req, res, head, route, member);
  }
  /** @returns whether the request presents a cluster token on an MCP path, and so is answered */
  function claimed(req: IncomingMessage, res: ServerResponse, head: RequestHead): boolean {
    const member = memberOf(context, head);
    if (member === undefined) return false;
    const route = classify(req.method as string, req.url as string, head);
    if (route === undefined) return false;
    if (member === 'stranger') {
      metrics.refused(401);
      refuseStranger(req, res, 'X-MCPHub-Cluster-Token: <token>');
    } else fromMember(req, res, head, route, member);
    return true;
  }

  return (req: IncomingMessage, res: ServerResponse): void => {
    const head = readHead(req.rawHeaders);
    if (head.clusterToken !== undefined && claimed(req, res, head)) return;
    const problem = hostProblem(req, head) ?? edge.checkOrigin(head);
    if (problem !== undefined) {
      metrics.refused(problem.status);
      return sendError(res, problem);
    }
    if (req.method === 'OPTIONS') return void res.writeHead(204, [...edge.preflightHeaders(head)]).end();
    if (head.duplicate !== undefined) {
      return refuse(res, head, routerError('MCPHUB_DUPLICATE_HEADER', { header: head.duplicate }));
    }
    const route = classify(req.method as string, req.url as string, head);
    if (route === undefined) return toApi(req, res, head);
    if ('status' in route) return refuse(res, head, route);
    fromClient(req, res, head, route);
  };
}

function unauthorized({ edge, metrics }: RouterContext, res: ServerResponse, head: RequestHead, why: string): void {
  metrics.refused(401);
  const body = JSON.stringify({ error: 'invalid_token', error_description: why });
  const challenge = `Bearer realm="mcphub", error="invalid_token", error_description="${why}"`;
  send(res, 401, 'application/json', body, ['www-authenticate', challenge, ...edge.corsHeaders(head)]);
}

/** Whether the principal may use the target; if not, the refusal has been sent. */
function admit(context: RouterContext, res: ServerResponse, head: RequestHead, route: Route, who: Principal): boolean {
  const { edge, settings, catalog, metrics } = context;
  if (route.target === '' && !settings.current.systemConfig.routing.enableGlobalRoute && route.kind !== 'messages') {
    metrics.refused(403);
    send(res, 403, 'text/plain; charset=utf-8', GLOBAL_DISABLED, edge.corsHeaders(head));
    return false;
  }
  if (who.allows(route.target)) return true;
  const target = route.target === '' ? 'the route to all servers' : `"${route.target}"`;
  const error = routerError('MCPHUB_TARGET_FORBIDDEN', { target, targets: targetsOf(who, catalog) });
  metrics.refused(error.status);
  sendError(res, error, [], edge.corsHeaders(head));
  return false;
}
