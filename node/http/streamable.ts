import type { IncomingMessage, ServerResponse } from 'node:http';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { PROTOCOL_VERSION, SESSION_ID } from '../../mcp/headers.ts';
import { isNotification, isRequest, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { isLegacyRevision, LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import { CONFIG } from '../config.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import { dispatch, dispatchNotification } from '../methods/dispatch.ts';
import { initialize, readClient } from '../methods/initialize.ts';
import { Call } from '../sessions/call.ts';
import type { Session } from '../sessions/session.ts';
import { readBody } from './body.ts';
import { EventStream } from './event-stream.ts';
import { refuse, respondJson } from './http-errors.ts';
import { type Body, checkBatch, parseBody } from './messages.ts';
import { Reply } from './reply.ts';
import { requireTarget } from './target.ts';

/** Streamable HTTP of 2025-03-26 to 2025-11-25 (specification: basic/transports, "Streamable HTTP"). */
export function serveStreamable(hub: Hub, target: string, request: IncomingMessage, response: ServerResponse): void {
  const method = request.method ?? '';
  try {
    if (method === 'POST') post(hub, target, request, response);
    else if (method === 'GET') get(hub, target, request, response);
    else if (method === 'DELETE') end(hub, target, request, response);
    else response.writeHead(405, { allow: 'GET, POST, DELETE' }).end();
  } catch (error) {
    refuse(response, error);
  }
}

function post(hub: Hub, target: string, request: IncomingMessage, response: ServerResponse): void {
  checkContentType(request);
  checkAccept(request, ['application/json', 'text/event-stream']);
  readBody(request, CONFIG.maxBodyBytes)
    .then((bytes) => {
      const body = parseBody(bytes);
      const [first] = body.messages;
      const sessionless = request.headers[SESSION_ID] === undefined;
      if (sessionless && first !== undefined && isRequest(first) && first.method === 'initialize') {
        return open(hub, target, first, response);
      }
      try {
        checkRevision(request);
        serve(hub, findSession(hub, target, request), body, response);
      } catch (error) {
        refuse(response, error, first !== undefined && isRequest(first) ? first.id : null);
      }
    })
    .catch((error: unknown) => refuse(response, error));
}

async function open(hub: Hub, target: string, request: JsonRpcRequest, response: ServerResponse): Promise<void> {
  let session: Session | undefined;
  try {
    await requireTarget(hub, target);
    const client = readClient(request.params);
    const id = mintInnerId({ revision: client.revision, capabilities: client.capabilities, createdAt: Date.now() });
    session = hub.sessions.open({ id, target, transport: 'streamable-http' });
    session.client = client;
    const result = await initialize(hub, session, client);
    respondJson(response, 200, { jsonrpc: '2.0', id: request.id, result }, { [SESSION_ID]: id });
  } catch (error) {
    if (session !== undefined) hub.sessions.close(session, 'initialize failed');
    refuse(response, error, request.id);
  }
}

/** Requests get a reply; a body of notifications and responses only is accepted with 202. */
function serve(hub: Hub, session: Session, body: Body, response: ServerResponse): void {
  checkBatch(body, session.client?.revision);
  const requests = body.messages.filter(isRequest);
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
  for (const message of requests) void dispatch(hub, new Call(session, message, reply));
}

function get(hub: Hub, target: string, request: IncomingMessage, response: ServerResponse): void {
  checkAccept(request, ['text/event-stream']);
  checkRevision(request);
  const session = findSession(hub, target, request);
  const stream = new EventStream(response, () => session.detach(stream));
  session.attach(stream);
}

function end(hub: Hub, target: string, request: IncomingMessage, response: ServerResponse): void {
  checkRevision(request);
  hub.sessions.close(findSession(hub, target, request), 'the client ended the session');
  response.writeHead(200).end();
}

function findSession(hub: Hub, target: string, request: IncomingMessage): Session {
  const id = request.headers[SESSION_ID];
  if (typeof id !== 'string' || id === '') throw new NodeError('MCPHUB_SESSION_MISSING');
  const session = hub.sessions.find(id, target);
  if (session === undefined || session.transport !== 'streamable-http') throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
  return session;
}

function checkRevision(request: IncomingMessage): void {
  const given = request.headers[PROTOCOL_VERSION];
  if (given === undefined || isLegacyRevision(given)) return;
  throw new NodeError('MCPHUB_UNSUPPORTED_REVISION', { given: String(given), supported: LEGACY_REVISIONS.join(', ') });
}

function checkContentType(request: IncomingMessage): void {
  const given = request.headers['content-type'] ?? '';
  if (!/^application\/json *(;|$)/i.test(given)) throw new NodeError('MCPHUB_BAD_CONTENT_TYPE', { given });
}

/** Absent counts as anything (RFC 9110, section 12.5.1). */
function checkAccept(request: IncomingMessage, wanted: readonly string[]): void {
  const given = request.headers.accept;
  if (given === undefined || given.includes('*/*')) return;
  if (!wanted.every((type) => given.includes(type))) {
    throw new NodeError('MCPHUB_NOT_ACCEPTABLE', { wanted: wanted.join(' and ') });
  }
}
