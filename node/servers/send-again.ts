import { setTimeout as sleep } from 'node:timers/promises';
import { SERVERS } from './config.ts';
import type { Connection } from './connection.ts';
import type { Outcome } from './contract.ts';
import { ServerUnavailableError } from './errors.ts';

interface Attempt {
  ask(connection: Connection): Promise<Outcome>;
  /** Opens the connection that takes the place of one that has ended. */
  connect(): Promise<Connection | undefined>;
}

/**
 * Sends a request, and once more over a new connection if it surely did not arrive: the server forgot its session, or was restarted.
 * @param signal of the client that waits for the answer
 */
export async function sendAgain(connection: Connection, signal: AbortSignal, attempt: Attempt): Promise<Outcome> {
  const outcome = await attempt.ask(connection);
  if (!('error' in outcome) || !isNotReached(outcome.error.data) || signal.aborted) return outcome;
  const again = await reconnect(connection, signal, attempt.connect);
  return again === undefined ? outcome : attempt.ask(again);
}

function isNotReached(data: unknown): boolean {
  return (data as { code?: unknown } | undefined)?.code === 'MCPHUB_SERVER_NOT_REACHED';
}

/** @returns undefined when the connection is still the same, or no other comes about */
async function reconnect(
  old: Connection,
  signal: AbortSignal,
  connect: Attempt['connect'],
): Promise<Connection | undefined> {
  // What ended the connection is reported after the request that noticed it.
  await new Promise((resolve) => setImmediate(resolve));
  if (!old.closed) return undefined;
  try {
    const next = await patiently(connect, signal);
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
  const deadline = performance.now() + SERVERS.reconnectPatience;
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
