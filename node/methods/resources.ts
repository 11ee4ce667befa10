import { INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND } from '../../mcp/errors.ts';
import type { Call } from '../call.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import { resolveUri } from '../resolve.ts';
import type { Outcome } from '../servers/connection.ts';
import type { ViewServer } from '../view.ts';
import { forward } from './forward.ts';

/** `resources/read` (specification: server/resources). Servers that do not know the URI pass it to the next. */
export async function readResource(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  return (await firstThatKnows(hub, call, uri)).outcome;
}

/**
 * `resources/subscribe`. On a shared connection one subscription serves all sessions; each session gets the updates
 * of its own.
 */
export async function subscribe(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  const { outcome, server } = await firstThatKnows(hub, call, uri);
  if ('result' in outcome && server !== undefined && !server.hosted.host.own) {
    call.session.subscriptions.set(uri, server.hosted.name);
  }
  return outcome;
}

/** `resources/unsubscribe`. The server hears of it when no other session is subscribed. */
export async function unsubscribe(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  const shared = call.session.subscriptions.get(uri);
  call.session.subscriptions.delete(uri);
  if (shared !== undefined && subscribers(hub, shared, uri) > 0) return { result: {} };
  return (await firstThatKnows(hub, call, uri)).outcome;
}

function subscribers(hub: Hub, server: string, uri: string): number {
  let count = 0;
  for (const session of hub.sessions.all()) if (session.subscriptions.get(uri) === server) count += 1;
  return count;
}

async function firstThatKnows(hub: Hub, call: Call, uri: string): Promise<{ outcome: Outcome; server?: ViewServer }> {
  let last: { outcome: Outcome; server?: ViewServer } = {
    outcome: { error: new NodeError('MCPHUB_RESOURCE_NOT_FOUND', { uri }).rpcError },
  };
  for (const server of await resolveUri(hub, call.session, uri)) {
    last = { outcome: await forward(hub, call, server.hosted, call.params), server };
    if (!('error' in last.outcome) || !isUnknown(last.outcome.error.code)) return last;
  }
  return last;
}

function isUnknown(code: number): boolean {
  return code === RESOURCE_NOT_FOUND || code === INVALID_PARAMS || code === METHOD_NOT_FOUND;
}

function uriOf({ method, params }: Call): string {
  const uri = params?.uri;
  if (typeof uri === 'string') return uri;
  throw new NodeError('MCPHUB_PARAMS_INVALID', { method, reason: 'uri must be a string' });
}
