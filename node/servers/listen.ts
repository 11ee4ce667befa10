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

/**
 * Why listening ended: `refused` has the response that says so, its body not yet read. `heard`: there was a stream before, so that a
 * server that simply has none is told from one that does not know the session any more.
 */
export type ListenEnd =
  | { end: 'stopped' }
  | { end: 'unreachable'; error: unknown }
  | { end: 'refused'; response: RemoteResponse; heard: boolean };

/** What one attempt came to. */
type Attempt =
  | { kind: 'refused'; response: RemoteResponse }
  | { kind: 'unreachable'; error: unknown }
  | { kind: 'over'; heard: boolean };

/**
 * Keeps the GET stream of Streamable HTTP open (2025-11-25, basic/transports, "Listening for Messages from the
 * Server"): reconnects after each end with the last event id, waits as long as the server asks, or ever longer while
 * nothing comes.
 * @returns when the signal aborts, the server refuses for good, or cannot be reached several times in a row
 */
export async function listen(options: ListenOptions): Promise<ListenEnd> {
  const cursor: Cursor = { events: 0 };
  let silent = 0;
  let unreachable = 0;
  let heard = false;
  while (!options.signal.aborted) {
    const before = cursor.events;
    const outcome = await attempt(options, cursor);
    if (options.signal.aborted) break;
    if (outcome.kind === 'refused') return { end: 'refused', response: outcome.response, heard };
    if (outcome.kind === 'over') heard ||= outcome.heard;
    unreachable = outcome.kind === 'unreachable' ? unreachable + 1 : 0;
    if (outcome.kind === 'unreachable' && unreachable >= SERVERS.streamAttempts) {
      return { end: 'unreachable', error: outcome.error };
    }
    silent = cursor.events > before ? 0 : silent + 1;
    const delay = cursor.retry ?? Math.min(SERVERS.maxStreamDelay, SERVERS.streamDelay * 2 ** Math.min(silent, 10));
    await sleep(delay, undefined, { signal: options.signal, ref: false }).catch(() => {});
  }
  return { end: 'stopped' };
}

async function attempt(options: ListenOptions, cursor: Cursor): Promise<Attempt> {
  let response: RemoteResponse;
  try {
    response = await options.get(cursor.lastEventId);
  } catch (error) {
    return { kind: 'unreachable', error };
  }
  if (response.statusCode === 200 && contentType(response) === 'text/event-stream') {
    await readEvents(response, cursor, options.onEvent).catch(() => {});
    return { kind: 'over', heard: true };
  }
  if (!mayPass(response.statusCode)) return { kind: 'refused', response };
  await response.body.dump().catch(() => {});
  return { kind: 'over', heard: false };
}

/** 409: the server still holds our previous stream. */
function mayPass(status: number): boolean {
  return status === 409 || status === 429 || (status >= 500 && status !== 501);
}
