import { setTimeout as sleep } from 'node:timers/promises';
import type { SseEvent } from '../../mcp/sse.ts';
import { SERVERS } from './config.ts';
import { type Cursor, readEvents } from './events.ts';
import { contentType, type RemoteResponse } from './remote.ts';

interface ListenOptions {
  /** GET of an event stream from where the cursor is. */
  get(lastEventId: string | undefined): Promise<RemoteResponse>;
  onEvent(event: SseEvent): void;
  signal: AbortSignal;
}

/** Why listening ended: `refused` has the response that says so, its body not yet read. */
export type ListenEnd =
  | { end: 'stopped' }
  | { end: 'unreachable'; error: unknown }
  | { end: 'refused'; response: RemoteResponse };

/**
 * Keeps the GET stream of Streamable HTTP open (2025-11-25, basic/transports, "Listening for Messages from the
 * Server"): reconnects after each end with the last event id, waits as long as the server asks or ever longer.
 * @returns when the signal aborts, the server refuses for good, or several attempts in a row get nothing
 */
export async function listen(options: ListenOptions): Promise<ListenEnd> {
  const cursor: Cursor = { events: 0 };
  let failures = 0;
  while (!options.signal.aborted) {
    const before = cursor.events;
    const outcome = await attempt(options, cursor);
    if (outcome !== undefined && 'refused' in outcome) return { end: 'refused', response: outcome.refused };
    failures = outcome === undefined || cursor.events > before ? 0 : failures + 1;
    if (outcome !== undefined && failures >= SERVERS.streamAttempts)
      return { end: 'unreachable', error: outcome.error };
    const delay = cursor.retry ?? Math.min(SERVERS.maxStreamDelay, SERVERS.streamDelay * 2 ** failures);
    await sleep(delay, undefined, { signal: options.signal, ref: false }).catch(() => {});
  }
  return { end: 'stopped' };
}

/** @returns undefined after a stream that opened, even if it broke later */
async function attempt(
  options: ListenOptions,
  cursor: Cursor,
): Promise<{ refused: RemoteResponse } | { error: unknown } | undefined> {
  let response: RemoteResponse;
  try {
    response = await options.get(cursor.lastEventId);
  } catch (error) {
    return { error };
  }
  if (response.statusCode === 200 && contentType(response) === 'text/event-stream') {
    await readEvents(response, cursor, options.onEvent).catch(() => {});
    return undefined;
  }
  if (!mayPass(response.statusCode)) return { refused: response };
  await response.body.dump().catch(() => {});
  return { error: new Error(`status ${response.statusCode}`) };
}

/** 409: the server still holds our previous stream. */
function mayPass(status: number): boolean {
  return status === 409 || status === 429 || (status >= 500 && status !== 501);
}
