import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type RequestId, requestIds } from '../../mcp/jsonrpc.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';
import { type Body, drain, readBody, StreamedBody } from '../edge/body.ts';
import type { Route } from '../edge/classify.ts';
import type { RequestHead } from '../edge/head.ts';
import type { Principal } from '../edge/principals.ts';
import { type RouterError, routerError } from '../errors.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import { nodeFor } from '../nodes/placement.ts';
import type { Affinity } from '../sessions/affinities.ts';
import { type AnswerExtras, answerExtras } from './answer.ts';
import { Attempt } from './forward.ts';
import { endWithErrors, sendError } from './reply.ts';
import { failureKind, isRepeatable, remedyOf } from './rescue.ts';
import { mayStillAppear, noNode, unknownTarget } from './unserved.ts';
import { upstreamHeaders, upstreamPath } from './upstream.ts';

/** One MCP request of a client, from its head to the last byte of its answer, over as many attempts as it takes. */
export class Exchange {
  readonly context: RouterContext;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: Route;
  readonly head: RequestHead;
  readonly principal: Principal;
  readonly #startedAt = performance.now();
  #deadline = 0;
  /** The body; `false` when it was streamed away. */
  #body: Body | false;
  /** The body that was too long to be held. */
  #streamed: StreamedBody | undefined;
  session: Affinity | undefined;
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
    this.head = head;
    this.principal = principal;
  }

  /**
   * Begins: reads the body as far as it is held, then looks for a node.
   * @param open the exchanges in flight, which this one leaves at its end
   */
  start(open: Set<Exchange>): void {
    open.add(this);
    this.context.metrics.started();
    this.res.on('error', ignore);
    this.res.on('close', () => {
      open.delete(this);
      this.#onClose();
    });
    readBody(this.req, this.head, this);
  }

  onBody(body: Body): void {
    if (this.#closed) return;
    this.#body = body;
    if (body instanceof StreamedBody) this.#streamed = body;
    this.#assign();
  }

  onTooLarge(): void {
    if (this.#closed || this.res.headersSent) return;
    this.#attempt?.abort();
    this.#body = false;
    this.refuse(routerError('MCPHUB_BODY_TOO_LARGE', { limit: ROUTER_DEFAULTS.maxBodySize }));
    drain(this.req);
  }

  /** Answers with a refusal that carries the ids of the requests in the body. */
  refuse(error: RouterError): void {
    this.#stopWaiting?.();
    if (this.#closed || this.res.headersSent) return;
    if (this.#body instanceof StreamedBody) {
      this.req.unpipe(this.#body);
      this.#body.destroy();
      drain(this.req);
    }
    sendError(this.res, error, this.#ids(), this.context.edge.corsHeaders(this.head));
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
    const { sessions, registry } = this.context;
    this.session = sessions.open(id, this.route.target, this.principal);
    const node = this.session === undefined ? undefined : registry.byTag(this.session.tag);
    if (node?.gone === false) return node;
    if (node === undefined && this.session !== undefined && mayStillAppear(this.context, this.session)) {
      this.#wait(() => routerError('MCPHUB_SESSION_NOT_FOUND'));
    } else {
      this.#forget();
      this.refuse(routerError('MCPHUB_SESSION_NOT_FOUND'));
    }
    return undefined;
  }

  #place(): NodeEntry | undefined {
    const { catalog, registry } = this.context;
    if (registry.nodes.size > 0 && catalog.resolve(this.route.target) === undefined) {
      this.refuse(unknownTarget(this.context, this));
      return undefined;
    }
    const node = nodeFor(this.context, this, this.#excluded);
    if (node === undefined) this.#wait(() => noNode(this.context, this));
    else if (this.route.era !== 'modern') {
      this.#placedOn = node;
      node.placed++;
    }
    return node;
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
        {
          method,
          path: upstreamPath(this.context, this, node),
          headers: upstreamHeaders(this.context, this, node, body instanceof StreamedBody),
          body: body ?? null,
        },
        attempt,
      );
    } catch (error) {
      this.context.log.error({ err: error, node: node.id }, 'Request cannot be forwarded');
      this.refuse(routerError('MCPHUB_NODE_LOST', { node: node.id, reason: 'the request cannot be forwarded' }));
    }
    if (this.#body instanceof StreamedBody) this.#body = false;
  }

  /** The node has answered: learns the session it opened or closed. */
  onAnswer(node: NodeEntry, status: number, headers: IncomingHttpHeaders): AnswerExtras {
    const extras = answerExtras(this.context, this, node, status, headers);
    // A node that reports its sessions counts a new one at its next heartbeat; others are counted by the table.
    if (extras.opened && node.metadata?.sessions !== undefined) this.#placedOn = undefined;
    else if (extras.rewriter === undefined) this.#uncount();
    if (status === 404 || (this.req.method === 'DELETE' && status < 300)) this.#forget();
    if (this.route.kind === 'messages' && status < 300) this.context.posted.note(this.session?.id ?? '', this.#ids());
    return extras;
  }

  /** The endpoint event has told the session of an HTTP+SSE stream. */
  onSession(session: Affinity): void {
    this.session = session;
    this.context.posted.open(session.id);
  }

  /**
   * A node says that it cannot take the request now (503): looks for another one.
   * @returns whether the request went elsewhere
   */
  moveFrom(attempt: Attempt): boolean {
    if (this.session !== undefined || this.#body === false) return false;
    this.#uncount();
    this.#excluded ??= new Set();
    this.#excluded.add(attempt.node.id);
    if (nodeFor(this.context, this, this.#excluded) === undefined) return false;
    this.#assign();
    return true;
  }

  /** A node does not answer any more; nothing would ever end a request that waits for it. */
  nodeGone(node: NodeEntry): void {
    if (this.#attempt?.node === node) this.#attempt.fail(new Error('it sends no heartbeats and does not answer'));
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
      hasSession: this.session !== undefined,
      silent: node.status === 'unhealthy',
      body: this.#body instanceof StreamedBody ? false : this.#body,
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
    const { node } = attempt;
    const retryable =
      !(this.#body instanceof StreamedBody) &&
      this.#body !== false &&
      isRepeatable(this.req.method as string, this.#body);
    const lost = routerError(
      'MCPHUB_NODE_LOST',
      { node: node.id, reason: error.message },
      { retryable, node: node.id },
    );
    if (!attempt.answered) return this.refuse(lost);
    if (!attempt.eventStream) return void this.res.destroy();
    if (this.req.method === 'POST') endWithErrors(this.res, attempt.atBoundary, lost, this.#ids());
    else if (this.route.kind === 'sse' && this.session !== undefined) {
      endWithErrors(this.res, attempt.atBoundary, lost, this.context.posted.of(this.session.id));
    }
    this.res.end();
  }

  #ids(): readonly RequestId[] {
    if (this.#streamed !== undefined) return this.#streamed.ids;
    return Buffer.isBuffer(this.#body) ? requestIds(this.#body) : [];
  }

  #forget(): void {
    if (this.session !== undefined) this.context.affinities.delete(this.session.id);
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
    if (this.#body instanceof StreamedBody) this.#body.destroy();
    this.#uncount();
    if (this.route.kind === 'sse' && this.session !== undefined) {
      this.context.posted.close(this.session.id);
      this.#forget();
    }
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.context.metrics.finished(this.route, this.res.statusCode, seconds, this.req.method === 'GET');
  }
}

/** What goes wrong while writing shows as `close`; without a listener it would end the process. */
function ignore(): void {}
