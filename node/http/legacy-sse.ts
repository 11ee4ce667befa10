import { mintInnerId } from '../../cluster/inner-id.ts';
import { SESSION_ID } from '../../mcp/headers.ts';
import { isNotification, isRequest, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import { CONFIG } from '../config.ts';
import type { Hub } from '../hub.ts';
import { dispatch, dispatchNotification } from '../methods/dispatch.ts';
import { initialize, readClient } from '../methods/initialize.ts';
import { NodeError } from '../node-error.ts';
import { rpcErrorOf } from '../rpc-error.ts';
import { Call } from '../sessions/call.ts';
import { checkCalls, makeRoom } from '../sessions/limits.ts';
import type { Session } from '../sessions/session.ts';
import { readBody } from './body.ts';
import type { HubRequest, HubResponse } from './carried.ts';
import { EventStream } from './event-stream.ts';
import { findSession, isOf, noteOf, ownerOf } from './find-session.ts';
import { refuse } from './http-errors.ts';
import { type Body, checkBatch, parseBody } from './messages.ts';
import { SseOutlet } from './sse-outlet.ts';
import { requireTarget } from './target.ts';

/** The stream of each session; it is the session's life. */
const outlets = new WeakMap<Session, SseOutlet>();

/**
 * `GET /sse`: opens a session and tells where to POST (specification 2024-11-05, basic/transports, "HTTP with SSE"). With a session
 * id, which only coordinators send, the stream of a session whose node was lost goes on here.
 */
export function openSse(
  hub: Hub,
  { target, basePath }: { target: string; basePath: string },
  request: HubRequest,
  response: HubResponse,
): void {
  sessionFor(hub, target, request)
    .then((session) => begin(hub, session, basePath, response))
    .catch((error: unknown) => refuse(response, error));
}

async function sessionFor(hub: Hub, target: string, request: HubRequest): Promise<Session> {
  const wanted = request.headers[SESSION_ID];
  if (typeof wanted === 'string') return findSession(hub, { id: wanted, target, transport: 'sse' }, request);
  if (hub.draining) throw new NodeError('MCPHUB_DRAINING');
  await requireTarget(hub, target);
  const owner = ownerOf(request.headers);
  makeRoom(hub, owner.account);
  const facts = { revision: '2024-11-05', capabilities: {}, createdAt: Date.now() } as const;
  const id = mintInnerId(facts, { target, principal: owner.principal });
  return hub.sessions.open({ id, target, transport: 'sse', tag: hub.tag, ...owner });
}

function begin(hub: Hub, session: Session, basePath: string, response: HubResponse): void {
  if (response.destroyed) return hub.sessions.close(session, 'the client closed its stream');
  const stream: EventStream = new EventStream(response, () => {
    session.detach(stream);
    if (session.streams === 0) hub.sessions.close(session, 'the client closed its stream');
  });
  stream.write(encodeEvent(`${basePath}/messages?sessionId=${session.id}`, 'endpoint'));
  outlets.set(session, new SseOutlet(stream));
  session.attach(stream);
  hub.sessions.emit('attached', session);
}

/** `POST /messages?sessionId=`: answered with 202, and by events on the session's stream. */
export function serveSseMessage(
  hub: Hub,
  { id, target }: { id: string | null; target: string },
  request: HubRequest,
  response: HubResponse,
): void {
  const { requestBytes, requestValues } = hub.settings.current.systemConfig.cluster.limits;
  const serve = async () => {
    if (id === null || id === '') throw new NodeError('MCPHUB_SESSION_MISSING');
    const wanted = { id, target, transport: 'sse' } as const;
    const session = hub.sessions.find(id, undefined) ?? (await findSession(hub, wanted, request));
    if (session.transport !== 'sse' || !isOf(session, noteOf(request))) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
    const [bytes, outlet] = await Promise.all([readBody(request, requestBytes), streamOf(hub, session)]);
    const body = parseBody(bytes, requestValues);
    checkBatch(body, session.client?.revision);
    checkCalls(hub, session, body.messages.filter(isRequest).length);
    accept(hub, session, body, outlet, request, response);
  };
  serve().catch((error: unknown) => refuse(response, error));
}

/**
 * The stream of a session. One that was re-created because of a POST has none yet: it follows at once from where it was, or the
 * client is gone.
 * @throws NodeError MCPHUB_NO_STREAM, with which a coordinator looks where the stream is
 */
async function streamOf(hub: Hub, session: Session): Promise<SseOutlet> {
  const known = outlets.get(session);
  if (known !== undefined) return known;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      hub.sessions.off('attached', look);
      resolve();
    };
    const look = (attached: Session) => attached === session && done();
    const timer = setTimeout(done, CONFIG.streamAwaited);
    hub.sessions.on('attached', look);
  });
  const outlet = outlets.get(session);
  if (outlet !== undefined) return outlet;
  hub.sessions.close(session, 'the client has no stream');
  throw new NodeError('MCPHUB_NO_STREAM');
}

function accept(
  hub: Hub,
  session: Session,
  body: Body,
  outlet: SseOutlet,
  { headers }: HubRequest,
  response: HubResponse,
): void {
  // Before the answer to the POST, so that no request is in flight that the coordinator of the stream does not know.
  for (const message of body.messages) if (isRequest(message)) outlet.posted(message.id);
  response.writeHead(202).end('Accepted');
  for (const message of body.messages) {
    if (isNotification(message)) dispatchNotification(hub, session, message);
    else if (!isRequest(message)) session.answered(message);
    else if (message.method === 'initialize' && mayInitialize(session))
      void initializeSession(hub, session, outlet, message);
    else void dispatch(hub, new Call(session, message, outlet, headers));
  }
}

/** A session whose node was lost under its `initialize` is initialized at the next one. */
function mayInitialize({ client, recreated }: Session): boolean {
  return client === undefined || recreated;
}

async function initializeSession(
  hub: Hub,
  session: Session,
  outlet: SseOutlet,
  request: JsonRpcRequest,
): Promise<void> {
  const call = new Call(session, request, outlet);
  try {
    session.client = readClient(request.params);
    session.recreated = false;
    call.answer({ jsonrpc: '2.0', id: request.id, result: await initialize(hub, session, session.client) });
  } catch (error) {
    session.client = undefined;
    call.answer({ jsonrpc: '2.0', id: request.id, error: rpcErrorOf(error) });
  }
}
