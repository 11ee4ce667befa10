import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { CLUSTER_TOKEN, SESSION_ID } from '../mcp/headers.ts';
import { type RequestId, requestIds } from '../mcp/jsonrpc.ts';
import { encodeEvent } from '../mcp/sse.ts';
import type { Target } from '../settings/targets.ts';
import { type Affinity, sessionHash } from './affinities.ts';
import { type Body, drain, readBody } from './body.ts';
import { encodeTarget, type Route } from './classify.ts';
import type { RouterContext } from './context.ts';
import { createEndpointRewriter, type EndpointRewriter } from './endpoint-event.ts';
import { type RouterError, routerError } from './errors.ts';
import { Attempt } from './forward.ts';
import { cookieValue, forwardedHeader, type RequestHead } from './head.ts';
import type { NodeEntry } from './node-entry.ts';
import { place } from './place.ts';
import { type Principal, targetsOf } from './principals.ts';
import { errorMessages, sendError } from './reply.ts';
import { failureKind, remedyOf } from './rescue.ts';

/** What the answer to a request adds to the node's own. */
export interface AnswerExtras {
  rewriter: EndpointRewriter | undefined;
  /** Header names and values in turn. */
  extra: readonly string[];
}

const STATE_ID = 'x-mcphub-state-id';

/** One MCP request of a client, from its head to the last byte of its answer, over as many attempts as it takes. */
export class Exchange {
  readonly context: RouterContext;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: Route;
  readonly #head: RequestHead;
  readonly #principal: Principal;
  readonly #startedAt = performance.now();
  #deadline = 0;
  /** The body; `false` when it was streamed away. */
  #body: Body | false;
  #session: Affinity | undefined;
  #attempt: Attempt | undefined;
  #attempts = 0;
  #excluded: Set<string> | undefined;
  /** Counted on this node as a session that its reports do not know yet. */
  #placedOn: NodeEntry | undefined;
  #stopWaiting: (() => void) | undefined;
  #closed = false;

  constructor(
    context: RouterContext,
    req: IncomingMessage,
    res: ServerResponse,
    head: RequestHead,
    route: Route,
    principal: Principal,
  ) {
    this.context = context;
    this.req = req;
    this.res = res;
    this.route = route;
    this.#head = head;
    this.#principal = principal;
  }

  /** Begins: reads the body as far as it is held, then looks for a node. */
  start(): void {
    this.context.metrics.started();
    this.res.on('close', () => this.#onClose());
    readBody(this.req, this.#head, this);
  }

  onBody(body: Body): void {
    if (this.#closed) return;
    this.#body = body;
    this.#assign();
  }

  onTooLarge(): void {
    if (this.#closed || this.res.headersSent) return;
    this.#attempt?.abort();
    this.#body = false;
    this.refuse(routerError('MCPHUB_BODY_TOO_LARGE', { limit: 4 * 1024 * 1024 }));
    drain(this.req);
  }

  /** Answers with a refusal that carries the ids of the requests in the body. */
  refuse(error: RouterError): void {
    this.#stopWaiting?.();
    if (this.#closed || this.res.headersSent) return;
    if (isStream(this.#body)) {
      this.req.unpipe(this.#body);
      this.#body.destroy();
      drain(this.req);
    }
    sendError(this.res, error, this.#ids(), this.context.edge.corsHeaders(this.#head));
  }

  /** Ends an open stream because the coordinator stops; its client comes back to another one. */
  endStream(): void {
    if (this.req.method !== 'GET') return;
    this.#attempt?.abort();
    if (!this.res.headersSent) this.refuse(routerError('MCPHUB_STOPPING'));
    else this.res.end();
  }

  /** Finds the node of the session, or one for a new session, and sends the request; else waits or refuses. */
  #assign(): void {
    const node = this.route.sessionId === undefined ? this.#place() : this.#home(this.route.sessionId);
    if (node === undefined || this.#closed) return;
    this.#stopWaiting?.();
    this.#send(node);
  }

  #home(id: string): NodeEntry | undefined {
    const { sessions, registry, settings } = this.context;
    this.#session = sessions.open(id, this.route.target, this.#principal);
    const node = this.#session === undefined ? undefined : registry.byTag(this.#session.tag);
    if (node !== undefined) return node;
    // After a restart nodes report within a heartbeat; until then an unknown one may just not have been heard of yet.
    const { nodeTimeout } = settings.current.systemConfig.cluster.coordinator;
    if (this.#session !== undefined && Date.now() - registry.since < nodeTimeout) {
      this.#wait(() => routerError('MCPHUB_SESSION_NOT_FOUND'));
    } else {
      this.#forget();
      this.refuse(routerError('MCPHUB_SESSION_NOT_FOUND'));
    }
    return undefined;
  }

  #place(): NodeEntry | undefined {
    const { catalog, registry, affinities } = this.context;
    const target = catalog.resolve(this.route.target);
    if (target === undefined && registry.nodes.size > 0) {
      this.refuse(this.#unknownTarget());
      return undefined;
    }
    const node =
      target === undefined
        ? undefined
        : place(
            registry.nodes.values(),
            {
              servers: target.servers.map(({ name }) => name),
              hint: this.#hint(),
              key: this.route.era === 'modern' ? forwardedHeader(this.#head, STATE_ID) : undefined,
              excluded: this.#excluded,
            },
            ({ tag, metadata, placed }) => (metadata?.sessions ?? affinities.countOf(tag)) + placed,
          );
    if (node === undefined) this.#wait(() => this.#noNode(target));
    else if (this.route.era !== 'modern') {
      this.#placedOn = node;
      node.placed++;
    }
    return node;
  }

  #hint(): string | undefined {
    const { enabled, strategy, cookieName, headerName } = this.context.settings.current.systemConfig.cluster.stickySession;
    if (!enabled || strategy === 'consistent-hash') return undefined;
    if (strategy === 'cookie') return cookieValue(this.#head.cookie, cookieName);
    return forwardedHeader(this.#head, headerName.toLowerCase());
  }

  #wait(giveUp: () => RouterError): void {
    if (this.#stopWaiting !== undefined) return;
    const { registry, timings } = this.context;
    if (this.#deadline === 0) this.#deadline = performance.now() + timings.placementTimeout;
    const timer = setTimeout(() => this.refuse(giveUp()), Math.max(0, this.#deadline - performance.now()));
    const unsubscribe = registry.onChange(() => this.#assign());
    this.#stopWaiting = () => {
      clearTimeout(timer);
      unsubscribe();
      this.#stopWaiting = undefined;
    };
  }

  #send(node: NodeEntry): void {
    const { pools } = this.context;
    const attempt = new Attempt(this, node);
    this.#attempt = attempt;
    this.#attempts++;
    const method = this.req.method as string;
    const body = this.#body === false ? undefined : this.#body;
    const pool = pools.of(node);
    try {
      (method === 'GET' ? pool.streams : pool.calls).dispatch(
        { method, path: this.#pathFor(node), headers: this.#headersFor(node), body: body ?? null },
        attempt,
      );
    } catch (error) {
      this.context.log.error({ err: error, node: node.id }, 'Request cannot be forwarded');
      this.refuse(routerError('MCPHUB_NODE_LOST', { node: node.id, reason: 'the request cannot be forwarded' }));
    }
    if (isStream(this.#body)) this.#body = false;
  }

  #pathFor(node: NodeEntry): string {
    const { path, query } = this.route;
    const prefix = node.ours ? node.pathPrefix : this.context.basePath;
    if (this.route.kind !== 'messages' || this.#session === undefined) return `${prefix}${path}${query}`;
    const rest = query === '' ? '' : `&${query.slice(1)}`;
    return `${prefix}/messages?sessionId=${encodeURIComponent(this.#session.inner)}${rest}`;
  }

  #headersFor(node: NodeEntry): string[] {
    const { principals, clusterTokens } = this.context;
    const { forward, authorization, host, contentLength } = this.#head;
    const headers = forward.slice();
    if (this.#session !== undefined && this.route.kind === 'mcp') headers.push(SESSION_ID, this.#session.inner);
    if (authorization !== undefined && !principals.required()) headers.push('authorization', authorization);
    if (node.ours && clusterTokens[0] !== undefined) headers.push(CLUSTER_TOKEN, clusterTokens[0]);
    if (contentLength !== undefined && isStream(this.#body)) headers.push('content-length', String(contentLength));
    const { remoteAddress } = this.req.socket;
    if (remoteAddress !== undefined) headers.push('x-forwarded-for', remoteAddress);
    if (host !== undefined) headers.push('x-forwarded-host', host);
    return headers;
  }

  /** The node has answered: learns the session it opened or closed. */
  onAnswer(node: NodeEntry, status: number, headers: IncomingHttpHeaders): AnswerExtras {
    const { settings, edge } = this.context;
    const extra: string[] = [...edge.corsHeaders(this.#head)];
    const { enabled, strategy, headerName } = settings.current.systemConfig.cluster.stickySession;
    if (enabled && strategy === 'header') extra.push(headerName, node.id);
    const inner = headers[SESSION_ID];
    if (typeof inner === 'string' && this.route.era === 'legacy') this.#learn(node, inner, extra);
    const opensStream = this.route.kind === 'sse' && status === 200;
    if (opensStream && enabled && strategy === 'cookie') extra.push('set-cookie', this.#cookie(node));
    if (!opensStream) this.#uncount();
    if (status === 404 || (this.req.method === 'DELETE' && status < 300)) this.#forget();
    return { extra, rewriter: opensStream ? createEndpointRewriter((id) => this.#endpoint(node, id)) : undefined };
  }

  #learn(node: NodeEntry, inner: string, extra: string[]): void {
    if (this.#session?.inner === inner) {
      extra.push(SESSION_ID, this.#session.id);
      return;
    }
    const session = this.context.sessions.seal(node.tag, inner, this.route.target, this.#principal);
    extra.push(SESSION_ID, session.id);
    this.context.log.debug({ session: sessionHash(session.id), node: node.id }, 'Session opened');
    if (node.metadata?.sessions !== undefined) this.#placedOn = undefined;
    const { enabled, strategy } = this.context.settings.current.systemConfig.cluster.stickySession;
    if (enabled && strategy === 'cookie') extra.push('set-cookie', this.#cookie(node));
  }

  #endpoint(node: NodeEntry, inner: string): string {
    const { id } = this.context.sessions.seal(node.tag, inner, this.route.target, this.#principal);
    if (node.metadata?.sessions !== undefined) this.#placedOn = undefined;
    else this.#uncount();
    const { target } = this.route;
    return `${this.context.basePath}/messages${encodeTarget(target)}?sessionId=${encodeURIComponent(id)}`;
  }

  #cookie(node: NodeEntry): string {
    const { stickySession, coordinator } = this.context.settings.current.systemConfig.cluster;
    const age = Math.floor(coordinator.stickySessionTimeout / 1000);
    const path = this.context.basePath || '/';
    return `${stickySession.cookieName}=${node.id}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${age}`;
  }

  /**
   * A node says that it cannot take the request now (503): looks for another one.
   * @returns whether the request went elsewhere
   */
  moveFrom(attempt: Attempt): boolean {
    if (this.#session !== undefined || this.#body === false) return false;
    this.#uncount();
    this.#excluded ??= new Set();
    this.#excluded.add(attempt.node.id);
    const target = this.context.catalog.resolve(this.route.target);
    const servers = target?.servers.map(({ name }) => name) ?? [];
    const other = place(this.context.registry.nodes.values(), { servers, excluded: this.#excluded }, () => 0);
    if (other === undefined) return false;
    this.#assign();
    return true;
  }

  /** A node failed under the request. */
  onFailure(attempt: Attempt, error: Error & { code?: string }): void {
    if (this.#closed) return;
    const { registry, metrics, log } = this.context;
    const { node } = attempt;
    this.#uncount();
    const kind = failureKind(error, attempt.sent);
    metrics.upstreamFailed(kind);
    log.debug({ node: node.id, kind, err: error }, 'Node failed under a request');
    if (kind !== 'lost') registry.suspect(node, error.message);
    const remedy = remedyOf({
      kind,
      method: this.req.method as string,
      hasSession: this.#session !== undefined,
      body: isStream(this.#body) ? false : this.#body,
      answered: attempt.answered,
      attempts: this.#attempts,
    });
    if (remedy === 'place-again' || remedy === 'send-again') this.#assign();
    else if (remedy === 'session-gone') {
      this.#forget();
      this.refuse(routerError('MCPHUB_SESSION_NOT_FOUND'));
    } else if (remedy === 'unavailable') {
      this.refuse(routerError('MCPHUB_NODE_UNREACHABLE', { node: node.id, reason: error.message }));
    } else this.#reportLoss(attempt, error);
  }

  #reportLoss(attempt: Attempt, error: Error): void {
    const lost = routerError(
      'MCPHUB_NODE_LOST',
      { node: attempt.node.id, reason: error.message },
      { retryable: false, node: attempt.node.id },
    );
    if (!attempt.answered) return this.refuse(lost);
    if (!attempt.eventStream) return void this.res.destroy();
    if (this.req.method === 'POST') {
      if (!attempt.atBoundary) this.res.write('\n\n');
      const ids = this.#ids();
      if (ids.length > 0) for (const message of errorMessages(lost, ids)) this.res.write(encodeEvent(JSON.stringify(message)));
    }
    this.res.end();
  }

  #unknownTarget(): RouterError {
    const targets = targetsOf(this.#principal, this.context.catalog);
    return routerError('MCPHUB_UNKNOWN_TARGET', { target: this.route.target, targets });
  }

  #noNode(target: Target | undefined): RouterError {
    const servers = target?.servers.map(({ name }) => name) ?? [];
    const name = this.route.target === '' ? 'this request' : `"${this.route.target}"`;
    return routerError('MCPHUB_NO_NODE', { target: name, reason: this.context.catalog.reasons(servers) });
  }

  #ids(): RequestId[] {
    return Buffer.isBuffer(this.#body) ? requestIds(this.#body) : [];
  }

  #forget(): void {
    if (this.#session !== undefined) this.context.affinities.delete(this.#session.id);
  }

  #uncount(): void {
    if (this.#placedOn === undefined) return;
    this.#placedOn.placed = Math.max(0, this.#placedOn.placed - 1);
    this.#placedOn = undefined;
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWaiting?.();
    this.#attempt?.abort();
    if (isStream(this.#body)) this.#body.destroy();
    this.#uncount();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.context.metrics.finished(this.route, this.res.statusCode, seconds, this.req.method === 'GET');
  }
}

function isStream(body: Body | false): body is Exclude<Body, Buffer | undefined> {
  return typeof body === 'object' && !Buffer.isBuffer(body);
}
