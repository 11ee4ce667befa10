import { INVALID_PARAMS, METHOD_NOT_FOUND, RESOURCE_NOT_FOUND } from '../../mcp/errors.ts';
import { resolveUri } from '../catalog/resolve.ts';
import type { ViewServer } from '../catalog/view.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import type { Session } from '../sessions/session.ts';
import { endSubscription, followers } from '../subscriptions.ts';
import { forward } from './forward.ts';

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
  const { subscriptions } = call.session;
  const before = subscriptions.get(uri);
  // Noted before the server is asked, because its first update may come together with its answer.
  const note = ({ hosted: { host, name } }: ViewServer) => void (host.own || subscriptions.set(uri, name));
  let outcome: Outcome | undefined;
  try {
    outcome = await firstThatKnows(hub, call, uri, note);
    return outcome;
  } finally {
    const refused = outcome === undefined || 'error' in outcome;
    if (refused && before === undefined) subscriptions.delete(uri);
    else if (refused && before !== undefined) subscriptions.set(uri, before);
  }
}

/** `resources/unsubscribe`. The server hears of it when no other session is subscribed. */
export async function unsubscribe(hub: Hub, call: Call): Promise<Outcome> {
  const uri = uriOf(call);
  const shared = call.session.subscriptions.get(uri);
  call.session.subscriptions.delete(uri);
  if (shared !== undefined && followers(hub, shared, uri) > 0) return { result: {} };
  return firstThatKnows(hub, call, uri);
}

/** Ends the subscriptions of a session that is over, as far as no other session has them. */
export function endSubscriptions(hub: Hub, session: Session): void {
  for (const [uri, server] of session.subscriptions) {
    if (followers(hub, server, uri) > 0) continue;
    for (const hosted of hub.hosts.variants(server)) endSubscription(hosted, uri);
  }
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
  const uri = params?.uri;
  if (typeof uri === 'string') return uri;
  throw new NodeError('MCPHUB_PARAMS_INVALID', { method, reason: 'uri must be a string' });
}
