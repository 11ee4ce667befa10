import { isBoundTo, mintInnerId, sessionKey } from '../../cluster/inner-id.ts';
import type { SessionNote } from '../../cluster/session-note.ts';
import { accepts } from '../../mcp/accept.ts';
import { PROTOCOL_VERSION, SESSION_ID } from '../../mcp/headers.ts';
import { isNotification, isRequest, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { isLegacyRevision, isModernRevision, LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import type { Hub } from '../hub.ts';
import { dispatch, dispatchNotification } from '../methods/dispatch.ts';
import { initialize, readClient } from '../methods/initialize.ts';
import { NodeError } from '../node-error.ts';
import { Call } from '../sessions/call.ts';
import { checkCalls, makeRoom, makeStreamRoom } from '../sessions/limits.ts';
import { Session } from '../sessions/session.ts';
import { readBody } from './body.ts';
import type { HubRequest, HubResponse } from './carried.ts';
import { EventStream } from './event-stream.ts';
import { findSession, isOf, letGo, noteOf, ownerOf, sessionIdOf } from './find-session.ts';
import { refuse, refuseRequests, respondJson } from './http-errors.ts';
import { type Body, checkBatch, parseBody } from './messages.ts';
import { serveModern } from './modern.ts';
import { isModern } from './modern-checks.ts';
import { Reply } from './reply.ts';
import { requireTarget } from './target.ts';

/** Streamable HTTP of 2025-03-26 to 2025-11-25 (specification: basic/transports, "Streamable HTTP"). */
export function serveStreamable(hub: Hub, target: string, request: HubRequest, response: HubResponse): void {
  const method = request.method ?? '';
  try {
    if (method === 'POST') post(hub, target, request, response);
    else if (isModernRevision(request.headers[PROTOCOL_VERSION]?.toString())) refuseVerb(response, 'POST');
    else if (method === 'GET') get(hub, target, request, response);
    else if (method === 'DELETE') end(hub, target, request, response);
    else refuseVerb(response, 'GET, POST, DELETE');
  } catch (error) {
    refuse(response, error);
  }
}

function refuseVerb(response: HubResponse, allow: string): void {
  response.writeHead(405, { allow }).end();
}

function post(hub: Hub, target: string, request: HubRequest, response: HubResponse): void {
  checkContentType(request);
  checkAccept(request, ['application/json', 'text/event-stream']);
  const { requestBytes, requestValues } = hub.settings.current.systemConfig.cluster.limits;
  readBody(request, requestBytes)
    .then((bytes) => {
      const body = parseBody(bytes, requestValues);
      if (isModern(body, request.headers)) return serveModern(hub, target, body, request, response);
      const [first] = body.messages;
      const note = noteOf(request);
      const sessionless = request.headers[SESSION_ID] === undefined;
      if (sessionless && first !== undefined && isRequest(first) && first.method === 'initialize') {
        return open(hub, target, first, request, response);
      }
      const refuseAll = (error: unknown) => refuseRequests(response, error, body);
      try {
        checkRevision(request);
        const wanted = { id: sessionIdOf(request), target, transport: 'streamable-http' } as const;
        const found = findSession(hub, wanted, request, note);
        if (found instanceof Session) return serve(hub, found, body, note, request, response);
        return found.then((session) => serve(hub, session, body, note, request, response)).catch(refuseAll);
      } catch (error) {
        refuseAll(error);
      }
    })
    .catch((error: unknown) => refuse(response, error));
}

async function open(
  hub: Hub,
  target: string,
  message: JsonRpcRequest,
  { headers }: Pick<HubRequest, 'headers'>,
  response: HubResponse,
): Promise<void> {
  let session: Session | undefined;
  try {
    if (hub.draining) throw new NodeError('MCPHUB_DRAINING');
    await requireTarget(hub, target);
    const client = readClient(message.params);
    const owner = ownerOf(headers);
    makeRoom(hub, owner.account);
    const { revision, capabilities } = client;
    const { principal } = owner;
    const id = mintInnerId({ revision, capabilities, createdAt: Date.now() }, { target, principal });
    session = hub.sessions.open({ id, target, transport: 'streamable-http', tag: hub.tag, ...owner });
    session.client = client;
    const result = await initialize(hub, session, client);
    session.beginning = false;
    respondJson(response, 200, { jsonrpc: '2.0', id: message.id, result }, { [SESSION_ID]: id });
  } catch (error) {
    if (session !== undefined) hub.sessions.close(session, 'initialize failed');
    refuse(response, error, message.id);
  }
}

/** Requests get a reply; a body of notifications and responses only is accepted with 202. */
function serve(
  hub: Hub,
  session: Session,
  body: Body,
  note: SessionNote | undefined,
  { headers }: HubRequest,
  response: HubResponse,
): void {
  checkBatch(body, session.client?.revision);
  const requests = body.messages.filter(isRequest);
  if (requests.some(({ method }) => method === 'initialize')) throw new NodeError('MCPHUB_ALREADY_INITIALIZED');
  if (requests.length > 0) {
    letGo(hub, session, note);
    checkCalls(hub, session, requests.length);
  }
  for (const message of body.messages) {
    if (isNotification(message)) dispatchNotification(hub, session, message);
    else if (!isRequest(message)) session.answered(message);
  }
  if (requests.length === 0) {
    response.writeHead(202).end();
    return;
  }
  const reply = new Reply(response, {
    pending: requests.length,
    batch: body.batch,
    silence: hub.timing.silenceBeforeStream,
  });
  for (const message of requests) void dispatch(hub, new Call(session, message, reply, headers));
}

function get(hub: Hub, target: string, request: HubRequest, response: HubResponse): void {
  checkAccept(request, ['text/event-stream']);
  checkRevision(request);
  const note = noteOf(request);
  const listen = (session: Session) => {
    if (response.destroyed) return;
    letGo(hub, session, note);
    makeStreamRoom(hub, session);
    const stream = new EventStream(response, () => session.detach(stream));
    session.attach(stream);
  };
  const found = findSession(hub, { id: sessionIdOf(request), target, transport: 'streamable-http' }, request, note);
  if (found instanceof Session) return listen(found);
  found.then(listen).catch((error: unknown) => refuse(response, error));
}

/** Ends a session, also one that is not in memory any more: no node may re-create it. */
function end(hub: Hub, target: string, request: HubRequest, response: HubResponse): void {
  checkRevision(request);
  const id = sessionIdOf(request);
  const note = noteOf(request);
  const session = hub.sessions.find(id, target);
  const isItsOwn =
    session === undefined
      ? note !== undefined && isBoundTo(id, { target, principal: note.principal })
      : isOf(session, note);
  if (!isItsOwn) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
  if (session !== undefined) hub.sessions.bury(session, 'the client ended the session');
  else if (!hub.sessions.buryKey(sessionKey(id))) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
  response.writeHead(200).end();
}

function checkRevision(request: HubRequest): void {
  const given = request.headers[PROTOCOL_VERSION];
  if (given === undefined || isLegacyRevision(given)) return;
  throw new NodeError('MCPHUB_UNSUPPORTED_REVISION', { given: String(given), supported: LEGACY_REVISIONS.join(', ') });
}

function checkContentType(request: HubRequest): void {
  const given = request.headers['content-type'] ?? '';
  if (!/^application\/json *(;|$)/i.test(given)) throw new NodeError('MCPHUB_BAD_CONTENT_TYPE', { given });
}

function checkAccept(request: HubRequest, wanted: readonly string[]): void {
  if (!wanted.every((type) => accepts(request.headers.accept, type))) {
    throw new NodeError('MCPHUB_NOT_ACCEPTABLE', { wanted: wanted.join(' and ') });
  }
}
