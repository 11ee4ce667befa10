import { setTimeout as sleep } from 'node:timers/promises';
import { fulfil } from '../bridge/fulfil.ts';
import { passThrough } from '../bridge/pass-through.ts';
import { ofModern } from '../bridge/requests.ts';
import { asModern } from '../bridge/results.ts';
import { throughLane } from '../bridge/through-lane.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Connection, Outcome } from '../servers/connection.ts';
import { ServerUnavailableError } from '../servers/errors.ts';
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

/** A request that surely did not arrive goes out once more, over a new connection: the server forgot its session, or was restarted. */
async function send(hub: Hub, call: Call, hosted: Hosted, connection: Connection, params: Params): Promise<Outcome> {
  const outcome = await ask(hub, call, hosted, connection, params);
  if (!('error' in outcome) || !isNotReached(outcome.error.data) || call.signal.aborted) return outcome;
  const again = await reconnect(hub, call, hosted, connection);
  return again === undefined ? outcome : ask(hub, call, hosted, again, params);
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

function isNotReached(data: unknown): boolean {
  return (data as { code?: unknown } | undefined)?.code === 'MCPHUB_SERVER_NOT_REACHED';
}

/** @returns undefined when the connection is still the same, or no other comes about */
async function reconnect(hub: Hub, call: Call, hosted: Hosted, old: Connection): Promise<Connection | undefined> {
  // What ended the connection is reported after the request that noticed it.
  await new Promise((resolve) => setImmediate(resolve));
  if (!old.closed) return undefined;
  const connect = async () => (old.era === 'modern' ? hosted.host.modern() : hub.connect(call.caller, hosted));
  try {
    const next = await patiently(connect, call.signal);
    return next?.era === old.era ? next : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A server that was there a moment ago is opened again soon, by itself; that is worth waiting for. Asked more than once, since
 * this timer may be a moment ahead of the one that opens it.
 */
async function patiently<T>(connect: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const deadline = performance.now() + CONFIG.reconnectPatience;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const { retryIn } = error instanceof ServerUnavailableError ? error : {};
      if (retryIn === undefined || performance.now() + retryIn > deadline) throw error;
      await sleep(Math.ceil(retryIn) + 1, undefined, { signal });
    }
  }
}
