import type { Call } from '../call.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Connection, Outcome } from '../servers/connection.ts';

/** The connection that serves a session at a server: its own, or the shared one; started if need be. */
export function connectionFor(hub: Hub, { session }: Call, { host }: Hosted): Connection | Promise<Connection> {
  const peer = host.own ? hub.peer(session) : undefined;
  return host.current(peer) ?? host.connection(peer);
}

/** Sends a client's request on to a server and brings its answer back. */
export async function forward(
  hub: Hub,
  call: Call,
  hosted: Hosted,
  params: Record<string, unknown> | undefined,
): Promise<Outcome> {
  const connection = await connectionFor(hub, call, hosted);
  const { onProgress } = call;
  return connection.request(call.method, params, {
    owner: call,
    signal: call.signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
