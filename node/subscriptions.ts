import type { JsonRpcNotification } from '../mcp/jsonrpc.ts';
import { updated } from '../mcp/notifications.ts';
import { transportOf } from '../settings/transport.ts';
import { resolveUri } from './catalog/resolve.ts';
import type { Hosted } from './hosts.ts';
import type { Hub } from './hub.ts';
import type { Listener } from './modern/listener.ts';
import type { Connection, Owner } from './servers/connection.ts';
import { Listening } from './servers/listening.ts';
import { isSameState, type StateOwner } from './servers/state-owner.ts';
import type { Caller } from './sessions/caller.ts';
import type { Session } from './sessions/session.ts';

/** Who is told what changes: sessions of older revisions, and the streams of modern clients. */
export type Audience = Session | Listener;

export function* audience({ sessions, listeners }: Hub): Generator<Audience> {
  for (const session of sessions.all()) if (session.client !== undefined) yield session;
  yield* listeners;
}

/** Whose requests these are. */
export function callerOf(each: Audience): Caller {
  return 'caller' in each ? each.caller : each;
}

/**
 * Whether what a caller follows of a server is followed at this variant of it, too. A process tells of what happens there only, so
 * a server of this node is also followed at the other nodes that have processes of it; but not for those nodes.
 */
function isFollowedAt(hub: Hub, hosted: Hosted, caller: Caller): boolean {
  if (!hosted.elsewhere) return true;
  if (caller.modern?.fromNode) return false;
  const wanted = hub.hosts.get(hosted.name);
  if (wanted === undefined || hub.nearest(caller, wanted) === hosted) return true;
  return !wanted.host.own && transportOf(wanted.config) === 'stdio';
}

/** Whether any of the audience follows a resource of a server where that caller does: at the same processes. */
function isFollowed(hub: Hub, hosted: Hosted, uri: string, caller: Caller): boolean {
  const { name, host } = hosted;
  const listening = host.listeningFor(caller);
  for (const each of audience(hub)) {
    if (each.subscriptions.get(uri) !== name) continue;
    const other = callerOf(each);
    if (host.listeningFor(other) === listening && isFollowedAt(hub, hosted, other)) return true;
  }
  return false;
}

/**
 * Subscribes a stream to a resource at the server that has it; one subscription serves all of the audience. A server with a process
 * for each client is subscribed to where the client's state is; without one there is no process that would tell.
 * @returns whether the stream will be told
 */
export async function follow(hub: Hub, listener: Listener, uri: string): Promise<boolean> {
  try {
    const [server] = await resolveUri(hub, listener.caller, uri);
    if (server === undefined) return false;
    const hosted = hub.nearest(listener.caller, server.hosted);
    const subscribe = await wayTo(hub, listener, hosted);
    if (subscribe === undefined) return false;
    // Noted first, because the first update may come together with the answer.
    listener.subscriptions.set(uri, server.hosted.name);
    if (await subscribe(uri)) {
      await followReplicas(hub, hosted, uri, listener.caller);
      return true;
    }
  } catch (error) {
    hub.log.debug({ err: error, uri }, 'Resource cannot be subscribed to');
  }
  listener.subscriptions.delete(uri);
  return false;
}

/**
 * Follows a resource of a server of this node at the other nodes that have processes of it, too: what happens there is said there only.
 * @returns when they have begun to tell of it, or do not say so in time
 */
export async function followReplicas(
  hub: Hub,
  { name, elsewhere }: Hosted,
  uri: string,
  caller: Caller,
): Promise<void> {
  const others = elsewhere ? undefined : hub.hosts.elsewhere.get(name);
  if (others === undefined || !isFollowedAt(hub, others, caller)) return;
  await others.host.listeningFor(caller)?.subscribe(uri);
}

/** What subscribes at a server, and says whether that went well; undefined where there is no process that could tell. */
async function wayTo(
  hub: Hub,
  { caller }: Listener,
  hosted: Hosted,
): Promise<((uri: string) => Promise<boolean>) | undefined> {
  const { host } = hosted;
  if ((await host.modern()) !== undefined) {
    const listening = host.listeningFor(caller);
    return listening && ((uri) => listening.subscribe(uri).then(() => true));
  }
  const connection = await (host.own ? hub.lanes.ofState(hosted, caller) : host.connection());
  return connection && (async (uri) => 'result' in (await connection.request('resources/subscribe', { uri })));
}

/** Tells those who follow a resource, where a server or what listens to it says that it may have changed. */
export function resourceUpdated(
  hub: Hub,
  hosted: Hosted,
  notification: JsonRpcNotification,
  owners: readonly Owner[] = [],
): void {
  const uri = notification.params?.uri;
  if (typeof uri !== 'string') return;
  const heardBy = owners.find((owner) => owner instanceof Listening)?.of;
  for (const each of audience(hub)) {
    if (each.subscriptions.get(uri) !== hosted.name) continue;
    const caller = callerOf(each);
    // Other nodes hear of each other by themselves.
    if (hosted.elsewhere && caller.modern?.fromNode) continue;
    if (heardBy === undefined || hosted.host.listeningFor(caller) === heardBy) each.notify(notification);
  }
}

/**
 * Subscribes anew to all that is followed of a server, over the connection that there is; one that speaks both eras is asked in the
 * newer one. Nobody says what has changed while it was away, so everything is told of.
 */
export async function resubscribe(hub: Hub, hosted: Hosted): Promise<void> {
  const { name, host } = hosted;
  const asked: Promise<unknown>[] = [];
  const shared = new Set<string>();
  const followed = new Set<string>();
  for (const each of audience(hub)) {
    for (const [uri, server] of each.subscriptions) {
      const caller = callerOf(each);
      if (server !== name || !isFollowedAt(hub, hosted, caller)) continue;
      followed.add(uri);
      const listening = host.listeningFor(caller);
      if (listening === undefined) shared.add(uri);
      else asked.push(listening.subscribe(uri));
    }
  }
  const connection = host.current();
  if (connection?.era === 'legacy') {
    for (const uri of shared) asked.push(connection.request('resources/subscribe', { uri }));
  }
  await Promise.all(asked);
  for (const uri of followed) resourceUpdated(hub, hosted, updated(uri));
}

/** Subscribes a session's own process, which has been started anew. */
export async function resubscribeOwn(session: Session, server: string, connection: Connection): Promise<void> {
  await subscribeTo(connection, session.ownSubscriptions, server, session);
}

/** Subscribes the process of a state, which has been started anew, to what its streams follow. */
export async function resubscribeState(
  { listeners }: Hub,
  owner: StateOwner,
  { name }: Hosted,
  connection: Connection,
): Promise<void> {
  const ofState = [...listeners].filter(({ caller }) => isSameState(caller, owner));
  await Promise.all(ofState.map((listener) => subscribeTo(connection, listener.subscriptions, name, listener)));
}

async function subscribeTo(
  connection: Connection,
  subscriptions: ReadonlyMap<string, string>,
  server: string,
  follower: Audience,
): Promise<void> {
  const uris = [...subscriptions].filter(([, name]) => name === server).map(([uri]) => uri);
  await Promise.all(uris.map((uri) => connection.request('resources/subscribe', { uri })));
  for (const uri of uris) follower.notify(updated(uri));
}

/** One of the audience is gone: subscriptions that nobody else has end. A state that nobody listens to ends with its process. */
export function unfollow(hub: Hub, gone: Audience): void {
  for (const [uri, server] of gone.subscriptions) endUnfollowed(hub, server, uri, callerOf(gone));
}

/** Ends the subscription to a resource where nobody has it any more. */
export function endUnfollowed(hub: Hub, server: string, uri: string, caller: Caller): void {
  for (const hosted of hub.hosts.variants(server)) {
    if (!isFollowed(hub, hosted, uri, caller)) endSubscription(hosted, uri, caller);
  }
}

/** Ends a subscription of the hub; a server that is away has forgotten it. */
function endSubscription({ host }: Hosted, uri: string, caller: Caller): void {
  host.listeningFor(caller)?.unsubscribe(uri);
  const connection = host.own ? undefined : host.current();
  if (connection?.era === 'legacy') void connection.request('resources/unsubscribe', { uri });
}
