import type { Dispatcher } from 'undici';
import { collectionPath, queryOf } from './address.ts';
import type { KubeObject, Resource, WatchEvent, WatchOptions } from './contract.ts';
import { withDeadline } from './deadline.ts';
import { errorOfConnection, errorOfStatus, KubeError } from './errors.ts';
import { linesOf } from './lines.ts';
import { acceptOf, prepared } from './list.ts';
import type { KubeRequest, Requester } from './request.ts';

const TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/** See KubeConnection.watch. @param timeoutMs until the head of the answer */
export async function* watchStream(
  send: Requester,
  timeoutMs: number,
  resource: Resource,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const path = collectionPath(resource, options.namespace);
  const what = `watch ${path}`;
  const request: KubeRequest = {
    method: 'GET',
    path: path + watchQuery(options),
    accept: acceptOf(options, false),
    lane: 'watch',
  };
  const stop = new AbortController();
  const abort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    const body = await openStream(what, timeoutMs, stop, () => send(request, stop.signal));
    for await (const line of linesOf(body)) yield eventOf(what, line, resource, options);
  } catch (error) {
    throw errorOfConnection(what, error);
  } finally {
    signal.removeEventListener('abort', abort);
    // Whoever leaves the loop early leaves the stream too.
    stop.abort();
  }
}

/** The time limit ends with the head; from there on, the stream may last. */
async function openStream(
  what: string,
  timeoutMs: number,
  stop: AbortController,
  open: () => Promise<Dispatcher.ResponseData>,
) {
  const answer = await withDeadline(what, timeoutMs, stop.signal, (limit) => {
    limit.addEventListener('abort', () => stop.abort(limit.reason), { once: true });
    return open();
  });
  // Its error is also thrown by the loop that reads it; without a listener an abort in between would end the process.
  answer.body.on('error', () => undefined);
  return answer.body;
}

function watchQuery(options: WatchOptions): string {
  const { labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options;
  return queryOf({
    watch: true,
    allowWatchBookmarks: true,
    labelSelector,
    fieldSelector,
    resourceVersion,
    timeoutSeconds: Math.ceil(timeoutSeconds),
  });
}

function eventOf(what: string, line: string, resource: Resource, options: WatchOptions): WatchEvent {
  const { type, object } = parseEvent(what, line);
  if (type === 'ERROR') throw errorOfStatus(what, object);
  if (!TYPES.has(type) || typeof object?.metadata?.resourceVersion !== 'string') throw malformed(what, line);
  if (type === 'BOOKMARK') return { type, object };
  if (typeof object.metadata.name !== 'string') throw malformed(what, line);
  return { type: type as WatchEvent['type'], object: prepared(object, resource, options) };
}

function parseEvent(what: string, line: string): { type: string; object?: KubeObject } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null && 'type' in event) return event as { type: string };
  } catch (cause) {
    throw malformed(what, line, cause);
  }
  throw malformed(what, line);
}

function malformed(what: string, line: string, cause?: unknown): KubeError {
  return new KubeError(`${what}: not an event: ${line.slice(0, 100)}`, { status: 0, reason: 'Malformed' }, { cause });
}
