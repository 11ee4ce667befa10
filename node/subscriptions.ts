import { resolveUri } from './catalog/resolve.ts';
import type { Hosted } from './hosts.ts';
import type { Hub } from './hub.ts';
import type { Listener } from './modern/listener.ts';
import type { Connection } from './servers/connection.ts';
import type { Session } from './sessions/session.ts';

/** Who is told what changes: sessions of older revisions, and the streams of modern clients. */
export type Audience = Session | Listener;

export function* audience({ sessions, listeners }: Hub): Generator<Audience> {
  for (const session of sessions.all()) if (session.client !== undefined) yield session;
  yield* listeners;
}

/** How many of the audience follow a resource of a server. */
export function followers(hub: Hub, server: string, uri: string): number {
  let count = 0;
  for (const each of audience(hub)) if (each.subscriptions.get(uri) === server) count += 1;
  return count;
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
    // Noted first, because the first update may come together with the answer.
    listener.subscriptions.set(uri, server.hosted.name);
    if (await subscribeFor(hub, listener, hosted, uri)) return true;
  } catch (error) {
    hub.log.debug({ err: error, uri }, 'Resource cannot be subscribed to');
  }
  listener.subscriptions.delete(uri);
  return false;
}

async function subscribeFor(hub: Hub, { caller }: Listener, hosted: Hosted, uri: string): Promise<boolean> {
  const { host } = hosted;
  if ((await host.modern()) !== undefined) {
    await host.listening?.subscribe(uri);
    return true;
  }
  const connection = await (host.own ? hub.lanes.ofState(hosted, caller) : host.connection());
  return connection !== undefined && isDone(connection, uri);
}

async function isDone(connection: Connection, uri: string): Promise<boolean> {
  return 'result' in (await connection.request('resources/subscribe', { uri }));
}

/** Subscribes the hub anew over the connection that there is; a server that speaks both eras is asked in the newer one. */
export async function resubscribe({ host }: Hosted, uri: string): Promise<void> {
  if (host.listening !== undefined) return host.listening.subscribe(uri);
  await host.current()?.request('resources/subscribe', { uri });
}

/** The stream is over: subscriptions that nobody else has end. A state that nobody listens to ends with its process. */
export function unfollow(hub: Hub, listener: Listener): void {
  for (const [uri, server] of listener.subscriptions) {
    if (followers(hub, server, uri) > 0) continue;
    for (const hosted of hub.hosts.variants(server)) endSubscription(hosted, uri);
  }
}

/** Ends a subscription of the hub; a server that is away has forgotten it. */
export function endSubscription({ host }: Hosted, uri: string): void {
  host.listening?.unsubscribe(uri);
  const connection = host.own ? undefined : host.current();
  if (connection?.era === 'legacy') void connection.request('resources/unsubscribe', { uri });
}
