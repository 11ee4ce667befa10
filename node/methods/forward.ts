import { fulfil } from '../bridge/fulfil.ts';
import { passThrough } from '../bridge/pass-through.ts';
import { ofModern } from '../bridge/requests.ts';
import { asModern } from '../bridge/results.ts';
import { throughLane } from '../bridge/through-lane.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Connection, Outcome } from '../servers/connection.ts';
import { sendAgain } from '../servers/send-again.ts';
import type { Call } from '../sessions/call.ts';
import type { Caller } from '../sessions/caller.ts';
import { headersFor } from './headers.ts';

type Params = Record<string, unknown> | undefined;

/**
 * Sends a client's request on to a server and brings its answer back, whatever revisions the two speak: each client is served in its
 * own, over a connection in the server's own. A server that speaks both eras is used in that of the client.
 */
export async function forward(hub: Hub, call: Call, wanted: Hosted, params: Params): Promise<Outcome> {
  const hosted = hub.nearest(call.caller, wanted);
  if (call.caller.modern === undefined) {
    if (mayBeAsked(call.caller) && !hosted.host.own && !hosted.host.allModern) await learnEra(hosted);
    const connection = await hub.connect(call.caller, hosted);
    if (connection.era === 'legacy') return send(hub, call, hosted, connection, params);
    return fulfil(call, hosted, connection, params, (enveloped) => send(hub, call, hosted, connection, enveloped));
  }
  const { host } = hosted;
  const modern = host.currentModern() ?? (await host.modern());
  if (modern !== undefined) {
    return passThrough(hub, call, hosted, modern, params, (pinned) => send(hub, call, hosted, modern, pinned));
  }
  if (host.own) return throughLane(hub, call, hosted, params);
  const connection = host.current() ?? (await host.connection());
  const outcome = await send(hub, call, hosted, connection, ofModern(params));
  return asModern(call.method, outcome, connection.server.serverInfo);
}

/** Only a server of 2026-07-28 can ask one of the clients that share it, so for a client that can answer it is found out. */
function mayBeAsked({ client }: Caller): boolean {
  return client !== undefined && Object.keys(client.capabilities).length > 0;
}

async function learnEra({ host }: Hosted): Promise<void> {
  if (host.eraKnown) return;
  await host.modern().catch(() => undefined);
}

function send(hub: Hub, call: Call, hosted: Hosted, connection: Connection, params: Params): Promise<Outcome> {
  return sendAgain(connection, call.signal, {
    ask: (over) => ask(hub, call, hosted, over, params),
    connect: async () => (connection.era === 'modern' ? hosted.host.modern() : hub.connect(call.caller, hosted)),
  });
}

function ask(hub: Hub, call: Call, hosted: Hosted, connection: Connection, params: Params): Promise<Outcome> {
  const { onProgress } = call;
  return connection.request(call.method, params, {
    owner: call,
    signal: call.signal,
    headers: headersFor(hub, call, hosted, connection, params),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
