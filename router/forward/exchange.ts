import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { guarded, ignore } from '../../cluster/boundary.ts';
import type { RequestId } from '../../mcp/jsonrpc.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';
import { type Body, drain, readBody } from '../edge/body.ts';
import type { Route } from '../edge/classify.ts';
import type { RequestHead } from '../edge/head.ts';
import { heldSize } from '../edge/held-bodies.ts';
import type { Principal } from '../edge/principals.ts';
import { type RouterError, routerError } from '../errors.ts';
import type { NodeEntry } from '../nodes/node-entry.ts';
import { isRetryableTool } from '../nodes/retryable-tools.ts';
import type { Affinity } from '../sessions/affinities.ts';
import { endSession, forgetSession } from '../sessions/end.ts';
import { type AnswerExtras, answerExtras } from './answer.ts';
import { Destination } from './destination.ts';
import { Attempt } from './forward.ts';
import { endListening, endUnanswered, lossOf } from './loss.ts';
import { Payload } from './payload.ts';
import { endWithErrors, refuseFault, sendError } from './reply.ts';
import { failureKind, remedyOf } from './rescue.ts';
import { isProbe, misleads, staysOpen } from './stays-open.ts';
import { dispatchTo } from './upstream.ts';
import { Wait } from './wait.ts';

/** One MCP request of a client, from its head to the last byte of its answer, over as many attempts as it takes. */
export class Exchange {
  readonly context: RouterContext;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: Route;
  readonly head: RequestHead;
  readonly principal: Principal;
  readonly #startedAt = performance.now();
  /** Largest body in bytes. */
  readonly #limit: number;
  readonly #payload: Payload;
  session: Affinity | undefined;
  #attempt: Attempt | undefined;
  #attempts = 0;
  readonly #destination: Destination;
  #wait: Wait;
  #closed = false;
  /** Bytes of {@link HeldBodies} that this one has. */
  #reserved = 0;
  readonly #refuseFault = () => refuseFault(this.res, this.#payload.ids);

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
    const { requestBytes, requestValues } = context.settings.current.systemConfig.cluster.limits;
    this.#limit = requestBytes;
    this.#payload = new Payload(req.method as string, requestValues);
    this.#destination = new Destination(context, this, this.#payload);
    this.#wait = new Wait(context);
  }

  /**
   * Begins: reads the body as far as it is held, then looks for a node.
   * @param open the exchanges in flight, which this one leaves at its end
   */
  start(open: Set<Exchange>): void {
    open.add(this);
    this.context.metrics.started();
    this.res.on('error', ignore);
    this.res.on('close', () => this.guard('end of a response', () => this.#onClose(open)));
    const { held, reserved } = heldSize(this.context, this.route, this.head);
    this.#reserved = reserved;
    readBody(this.req, this.head, this, { held, limit: this.#limit });
  }

  /** Does some of the work for this request: a fault in it is the end of this request, and of nothing else. */
  guard(entry: string, work: () => void): void {
    guarded(this.context.boundary, entry, work, this.#refuseFault);
  }

  onBody(body: Body): void {
    if (this.#closed) return;
    this.#payload.set(body);
    this.#assign();
  }

  onTooLarge(): void {
    if (this.#closed || this.res.headersSent) return;
    this.#attempt?.abort();
    this.refuse(routerError('MCPHUB_BODY_TOO_LARGE', { limit: this.#limit }));
    drain(this.req);
  }

  /** Answers with a refusal that carries the ids of the requests in the body. */
  refuse(error: RouterError): void {
    this.#wait.end();
    if (this.#closed || this.res.headersSent) return;
    this.#payload.discard(this.req);
    const told = isProbe(this) && misleads(error.status) ? { ...error, status: 200 } : error;
    sendError(this.res, told, this.#payload.ids, this.context.edge.corsHeaders(this.head));
  }

  /** The same as {@link endStream}, but HTTP+SSE goes on until what was posted to it is answered. */
  endStreamPatiently(): void {
    if (this.route.kind !== 'sse' || this.session?.key === undefined) this.endStream();
    else this.context.posted.whenNone(this.session.id, () => this.endStream());
  }

  /** Ends an open stream because the coordinator stops; its client comes back to another one. */
  endStream(): void {
    if (!staysOpen(this)) return;
    this.#attempt?.abort();
    if (!this.res.headersSent) this.refuse(routerError('MCPHUB_STOPPING'));
    else endListening(this.res, this.#attempt?.atBoundary ?? true, this.#payload.ids);
  }

  /**
   * The stream of an HTTP+SSE session has lost its node. The stream is the life of the session, so it goes on: what was posted
   * and has no answer gets an error, and another node takes the session over. @returns false when this is no such stream
   */
  continueStream(attempt: Attempt, error: Error): boolean {
    const { session } = this;
    if (this.route.kind !== 'sse' || session?.key === undefined || !attempt.answered || this.#closed) return false;
    endWithErrors(this.res, attempt.atBoundary, lossOf(attempt, error, false), this.#pending());
    this.context.posted.open(session.id);
    if (attempt.age >= ROUTER_DEFAULTS.steadyStream) {
      this.#attempts = 0;
      this.#wait = new Wait(this.context);
    }
    if (this.#attempts < ROUTER_DEFAULTS.maxAttempts) this.#assign();
    else this.res.end();
    return true;
  }

  /** Ends a request that has no answer yet because the coordinator stops now. */
  cutOff(): void {
    if (this.#attempt === undefined) return this.refuse(routerError('MCPHUB_STOPPING'));
    this.#attempt.abort();
    const error = routerError('MCPHUB_CUT_OFF', {}, { retryable: this.#isRepeatable() });
    endUnanswered(this.#attempt, error, this.#pending());
  }

  /** Finds the node and sends the request; else waits or refuses. */
  #assign(): void {
    if (this.#closed) return;
    const direction = this.#destination.find();
    if (direction === 'done') return this.#end();
    if ('refused' in direction) {
      this.#forget();
      return this.#giveUp(direction.refused);
    }
    if ('waiting' in direction) {
      return this.#wait.begin(
        () => this.guard('wait for a node', () => this.#assign()),
        () => this.guard('wait for a node', () => this.#giveUp(direction.waiting())),
      );
    }
    this.#wait.end();
    this.#send(direction.node);
  }

  /** No node takes the request; a stream that has lost its node ends. */
  #giveUp(error: RouterError): void {
    if (!this.res.headersSent) return this.refuse(error);
    this.#wait.end();
    this.res.end();
  }

  /** The session is over, and no node had to be asked for that. */
  #end(): void {
    this.#wait.end();
    this.#forget();
    this.res.writeHead(200, [...this.context.edge.corsHeaders(this.head), 'content-length', '0']).end();
  }

  #send(node: NodeEntry): void {
    const attempt = new Attempt(this, node);
    this.#attempt = attempt;
    this.#attempts++;
    try {
      dispatchTo(this.context, this, attempt, this.#payload);
    } catch (error) {
      this.context.log.error({ err: error, node: node.id }, 'Request cannot be forwarded');
      this.refuse(routerError('MCPHUB_NODE_LOST', { node: node.id, reason: 'the request cannot be forwarded' }));
    }
  }

  /** The node has answered: learns the session it opened or closed. */
  onAnswer(node: NodeEntry, status: number, headers: IncomingHttpHeaders): AnswerExtras {
    const extras = answerExtras(this.context, this, node, status, headers);
    // A node that reports its sessions counts a new one at its next heartbeat; others are counted by the table.
    if (extras.opened && node.metadata?.sessions !== undefined) this.#destination.counted();
    else if (extras.rewriter === undefined) this.#destination.uncount();
    const ended = this.req.method === 'DELETE' && status < 300;
    if (ended && this.session?.key !== undefined) this.context.graves.add(this.session.key);
    if (status === 404 || ended) this.#forget();
    // Nodes of ours tell on the stream itself what was posted, wherever that was.
    if (!node.ours && this.route.kind === 'messages' && status < 300)
      this.context.posted.note(this.session?.id ?? '', this.#payload.ids);
    return extras;
  }

  /** The endpoint event has told the session of an HTTP+SSE stream. */
  onSession(session: Affinity): void {
    this.session = session;
    this.context.posted.open(session.id);
  }

  /**
   * A node says that it cannot take the request now (503): looks for another one.
   * @param reason why a node of ours has not begun it; undefined for others, which may have
   * @returns whether the request goes elsewhere
   */
  moveFrom({ node }: Attempt, reason: string | undefined): boolean {
    if (!this.#payload.sendable || this.#attempts >= ROUTER_DEFAULTS.maxUnbegun) return false;
    this.context.log.debug({ node: node.id, reason }, 'Node did not begin a request');
    if (!this.#destination.leave(node, reason)) return false;
    this.#assign();
    return true;
  }

  /** The node from which this request has heard nothing at all for so many milliseconds. */
  silentNode(milliseconds: number): NodeEntry | undefined {
    const { heard = true, age = 0, node } = this.#attempt ?? {};
    return heard || age < milliseconds ? undefined : node;
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
    this.#destination.failed(node);
    const kind = failureKind(error, attempt.sent);
    metrics.upstreamFailed(kind);
    log.debug({ node: node.id, kind, err: error }, 'Node failed under a request');
    if (kind !== 'lost') registry.suspect(node, error.message);
    if (this.continueStream(attempt, error)) return;
    const remedy = remedyOf({
      kind,
      bound: this.session !== undefined && this.session.key === undefined,
      silent: node.status === 'unhealthy',
      sendable: this.#payload.sendable,
      repeatable: this.#isRepeatable(),
      answered: attempt.answered,
      attempts: this.#attempts,
    });
    if (remedy === 'again') this.#assign();
    else if (remedy === 'session-gone') {
      this.#forget();
      this.refuse(routerError('MCPHUB_SESSION_NOT_FOUND'));
    } else if (remedy === 'unavailable') {
      this.refuse(routerError('MCPHUB_NODE_UNREACHABLE', { node: node.id, reason: error.message }));
    } else endUnanswered(attempt, lossOf(attempt, error, this.#isRepeatable()), this.#pending());
  }

  #isRepeatable(): boolean {
    return this.#payload.isRepeatable((name) => isRetryableTool(this.context, this.route.target, name));
  }

  /** Ids of the requests that wait for an answer on this response. */
  #pending(): readonly RequestId[] {
    if (this.req.method === 'POST') return this.#payload.ids;
    return this.route.kind === 'sse' && this.session !== undefined ? this.context.posted.of(this.session.id) : [];
  }

  /** The session is over, or never was. */
  #forget(): void {
    if (this.session !== undefined) forgetSession(this.context, this.session);
  }

  #onClose(open: Set<Exchange>): void {
    open.delete(this);
    if (this.#closed) return;
    this.#closed = true;
    this.#wait.end();
    this.#attempt?.abort();
    this.#payload.destroy();
    this.context.heldBodies.release(this.#reserved);
    this.#destination.uncount();
    // The stream was the life of the session.
    if (this.route.kind === 'sse' && this.session !== undefined) endSession(this.context, this.session);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.context.metrics.finished(this.route, this.res.statusCode, seconds, staysOpen(this));
  }
}
