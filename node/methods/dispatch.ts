import { idKey, isId, type JsonRpcNotification, type RequestId } from '../../mcp/jsonrpc.ts';
import { pageFor } from '../catalog/listing.ts';
import type { ListKind } from '../catalog/lists.ts';
import type { Answer } from '../http/outlet.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import { rpcErrorOf } from '../rpc-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import type { Session } from '../sessions/session.ts';
import { complete } from './complete.ts';
import { setLevel } from './logging.ts';
import { callTool, getPrompt } from './named.ts';
import { readResource, subscribe, unsubscribe } from './resources.ts';

/** What a client tells the servers that may ask it something: those with a process for its session. */
const FOR_OWN_PROCESSES: ReadonlySet<string> = new Set(['notifications/roots/list_changed', 'notifications/progress']);

/** A handler answers with an outcome, or with a result that is JSON in UTF-8 already. */
export type Handler = (hub: Hub, call: Call) => Promise<Outcome | { prepared: Buffer }>;

const METHODS: Readonly<Record<string, Handler>> = {
  ping: () => Promise.resolve({ result: {} }),
  initialize: () => Promise.reject(new NodeError('MCPHUB_ALREADY_INITIALIZED')),
  'tools/list': lister('tools'),
  'tools/call': callTool,
  'prompts/list': lister('prompts'),
  'prompts/get': getPrompt,
  'resources/list': lister('resources'),
  'resources/templates/list': lister('templates'),
  'resources/read': readResource,
  'resources/subscribe': subscribe,
  'resources/unsubscribe': unsubscribe,
  'completion/complete': complete,
  'logging/setLevel': setLevel,
};

/** The handler of a list, in the form that the caller's era has. */
export function lister(kind: ListKind): Handler {
  return async (hub, call) => ({ prepared: await pageFor(hub, call.caller, kind, call.params?.cursor) });
}

/** Serves one request of a session to its answer. Never rejects. */
export function dispatch(hub: Hub, call: Call): Promise<void> {
  return serve(hub, call, METHODS);
}

/** Serves one request by a table of methods. Never rejects. */
export async function serve(hub: Hub, call: Call, methods: Readonly<Record<string, Handler>>): Promise<void> {
  const { id } = call;
  hub.sessions.began(call);
  const handler = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  const done = hub.metrics.request(handler === undefined ? 'other' : call.method);
  let answer: Answer;
  try {
    if (handler === undefined) throw new NodeError('MCPHUB_METHOD_UNKNOWN', { method: call.method });
    answer = toAnswer(id, await handler(hub, call));
  } catch (error) {
    answer = { jsonrpc: '2.0', id, error: rpcErrorOf(error) };
  }
  hub.sessions.ended(call);
  done('error' in answer ? 'error' : 'ok');
  hub.boundary(
    'answer to a request',
    () => call.answer(answer),
    (fault) => call.answer({ jsonrpc: '2.0', id, error: rpcErrorOf(fault) }),
  )();
}

/** Serves a notification of a client (specification: basic/utilities/cancellation, client/roots). */
export function dispatchNotification(hub: Hub, session: Session, notification: JsonRpcNotification): void {
  if (notification.method === 'notifications/cancelled') return cancel(session, notification.params);
  if (notification.method === 'notifications/initialized') session.initialized = true;
  if (notification.method === 'notifications/roots/list_changed') session.rootsChanged();
  tellOwnProcesses(hub, session, notification);
}

function tellOwnProcesses(hub: Hub, session: Session, notification: JsonRpcNotification): void {
  const { kind, servers } = hub.view(session);
  for (const { hosted } of servers) {
    if (!hosted.host.own) continue;
    if (notification.method === 'notifications/initialized') {
      // On a route of many servers most may never be used by this session.
      if (kind === 'server') hub.prepare(session, hosted);
    } else if (FOR_OWN_PROCESSES.has(notification.method)) {
      hosted.host.current(hub.peer(session))?.notify(notification.method, notification.params);
    }
  }
}

function cancel({ calls }: Session, { requestId, reason }: Record<string, unknown> = {}): void {
  if (!isId(requestId)) return;
  calls.get(idKey(requestId))?.cancel(typeof reason === 'string' ? reason : 'cancelled by the client');
}

function toAnswer(id: RequestId, outcome: Outcome | { prepared: Buffer }): Answer {
  if ('prepared' in outcome) return { id, prepared: outcome.prepared };
  if ('error' in outcome) return { jsonrpc: '2.0', id, error: outcome.error };
  return { jsonrpc: '2.0', id, result: outcome.result };
}
