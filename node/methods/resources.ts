import { INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND } from '../../mcp/errors.ts';
import { resolveUri } from '../catalog/resolve.ts';
import type { ViewServer } from '../catalog/view.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import type { Session } from '../sessions/session.ts';
import { endUnfollowed, followReplicas } from '../subscriptions.ts';
import { forward } from './forward.ts';
import { uriIn } from './identifiers.ts';

/** `resources/read` (specification: server/resources). Servers that do not know the URI pass it to the next. */
export async function readResource(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  return firstThatKnows(hub, call, uri);
}

/**
 * `resources/subscribe`. On a shared connection one subscription serves all sessions; each session gets the updates
 * of its own.
 */
export async function subscribe(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  const { subscriptions, ownSubscriptions } = call.session;
  const before = subscriptions.get(uri);
  checkSubscriptions(call.session, uri);
  let asked: Hosted | undefined;
  // Noted before the server is asked, because its first update may come together with its answer.
  const note = (server: ViewServer) => {
    asked = hub.nearest(call.caller, server.hosted);
    if (!asked.host.own) subscriptions.set(uri, asked.name);
  };
  let outcome: Outcome | undefined;
  try {
    outcome = await firstThatKnows(hub, call, uri, note);
    if (asked === undefined || 'error' in outcome) return outcome;
    if (asked.host.own) ownSubscriptions.set(uri, asked.name);
    else await followReplicas(hub, asked, uri, call.caller);
    return outcome;
  } finally {
    const refused = outcome === undefined || 'error' in outcome;
    if (refused && before === undefined) subscriptions.delete(uri);
    else if (refused && before !== undefined) subscriptions.set(uri, before);
  }
}

/** @throws NodeError MCPHUB_PARAMS_INVALID when the session has as many subscriptions as it may have */
function checkSubscriptions({ subscriptions, ownSubscriptions }: Session, uri: string): void {
  if (subscriptions.has(uri) || ownSubscriptions.has(uri)) return;
  if (subscriptions.size + ownSubscriptions.size < CONFIG.maxSubscriptions) return;
  const reason = `the session is subscribed to ${CONFIG.maxSubscriptions} resources, which is all it may have; unsubscribe from one`;
  throw new NodeError('MCPHUB_PARAMS_INVALID', { method: 'resources/subscribe', reason });
}

/** `resources/unsubscribe`. The server hears of it when no other session is subscribed. */
export async function unsubscribe(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  const { subscriptions, ownSubscriptions } = call.session;
  const shared = subscriptions.get(uri);
  subscriptions.delete(uri);
  if (ownSubscriptions.delete(uri)) return firstThatKnows(hub, call, uri);
  // A server is not told of what this session never had: others may have it.
  if (shared !== undefined) endUnfollowed(hub, shared, uri, call.caller);
  return { result: {} };
}

async function firstThatKnows(
  hub: Hub,
  call: Call,
  uri: string,
  before: (server: ViewServer) => void = () => {},
): Promise<Outcome> {
  let last: Outcome = { error: new NodeError('MCPHUB_RESOURCE_NOT_FOUND', { uri }).rpcError };
  for (const server of await resolveUri(hub, call.caller, uri)) {
    before(server);
    last = await forward(hub, call, server.hosted, call.params);
    if (!('error' in last) || !isUnknown(last.error.code)) return last;
  }
  return last;
}

function isUnknown(code: number): boolean {
  return code === RESOURCE_NOT_FOUND || code === INVALID_PARAMS || code === METHOD_NOT_FOUND;
}

function uriOf({ method, params }: Call): string {
  return uriIn(method, params?.uri);
}
