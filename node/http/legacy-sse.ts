import type { IncomingMessage, ServerResponse } from 'node:http';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { isNotification, isRequest, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import { CONFIG } from '../config.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import { dispatch, dispatchNotification } from '../methods/dispatch.ts';
import { initialize, readClient } from '../methods/initialize.ts';
import { rpcErrorOf } from '../rpc-error.ts';
import { Call, type CallOutlet } from '../sessions/call.ts';
import type { Session } from '../sessions/session.ts';
import { readBody } from './body.ts';
import { EventStream } from './event-stream.ts';
import { refuse } from './http-errors.ts';
import { checkBatch, parseBody } from './messages.ts';
import { requireTarget } from './target.ts';

/** The stream of each HTTP+SSE session; it is the session's life. */
const streams = new WeakMap<Session, EventStream>();

/** `GET /sse`: opens a session and tells where to POST (specification 2024-11-05, basic/transports, "HTTP with SSE"). */
export function openSse(hub: Hub, options: { target: string; basePath: string }, response: ServerResponse): void {
  requireTarget(hub, options.target).then(
    () => begin(hub, options, response),
    (error: unknown) => refuse(response, error),
  );
}

function begin(hub: Hub, options: { target: string; basePath: string }, response: ServerResponse): void {
  if (response.destroyed) return;
  const id = mintInnerId({ revision: '2024-11-05', capabilities: {}, createdAt: Date.now() });
  const session = hub.sessions.open({ id, target: options.target, transport: 'sse' });
  const stream = new EventStream(response, () => {
    session.detach(stream);
    hub.sessions.close(session, 'the client closed its stream');
  });
  stream.write(encodeEvent(`${options.basePath}/messages?sessionId=${id}`, 'endpoint'));
  streams.set(session, stream);
  session.attach(stream);
}

/** `POST /messages?sessionId=`: answered with 202, and by events on the session's stream. */
export function serveSseMessage(
  hub: Hub,
  sessionId: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (sessionId === null || sessionId === '') return refuse(response, new NodeError('MCPHUB_SESSION_MISSING'));
  const session = hub.sessions.find(sessionId, undefined);
  const stream = session === undefined ? undefined : streams.get(session);
  if (session === undefined || stream === undefined) return refuse(response, new NodeError('MCPHUB_SESSION_NOT_FOUND'));
  readBody(request, CONFIG.maxBodyBytes)
    .then((bytes) => {
      const body = parseBody(bytes);
      checkBatch(body, session.client?.revision);
      response.writeHead(202).end('Accepted');
      for (const message of body.messages) {
        if (isNotification(message)) dispatchNotification(hub, session, message);
        else if (!isRequest(message)) session.answered(message);
        else if (message.method === 'initialize' && session.client === undefined)
          void initializeSession(hub, session, stream, message);
        else void dispatch(hub, new Call(session, message, new SseOutlet(stream)));
      }
    })
    .catch((error: unknown) => refuse(response, error));
}

async function initializeSession(
  hub: Hub,
  session: Session,
  stream: EventStream,
  request: JsonRpcRequest,
): Promise<void> {
  const call = new Call(session, request, new SseOutlet(stream));
  try {
    session.client = readClient(request.params);
    call.answer({ jsonrpc: '2.0', id: request.id, result: await initialize(hub, session, session.client) });
  } catch (error) {
    session.client = undefined;
    call.answer({ jsonrpc: '2.0', id: request.id, error: rpcErrorOf(error) });
  }
}

/** All of an HTTP+SSE session goes over its one stream. */
class SseOutlet implements CallOutlet {
  readonly #stream: EventStream;

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  get open(): boolean {
    return this.#stream.open;
  }

  push(message: Parameters<EventStream['push']>[0]): void {
    this.#stream.push(message);
  }

  answer(answer: Parameters<EventStream['answer']>[0]): void {
    this.#stream.answer(answer);
  }

  /** Nothing is owed on a stream that goes on. */
  skip(): void {}
}
