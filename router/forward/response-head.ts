import type { IncomingHttpHeaders } from 'node:http';
import { EVENT_STREAM_HEADERS, HOP_BY_HOP, INTERNAL_HEADERS, SESSION_ID } from '../../mcp/headers.ts';

/** Headers of a node's answer that do not pass: those of the hop, and those that are the edge's to set. */
const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...INTERNAL_HEADERS,
  SESSION_ID,
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'access-control-max-age',
]);

/**
 * The head for the client, names and values in turn, made from the node's.
 * @param headers names in lower case
 * @param bodyChanges true when the body's length will not be the node's
 */
export function passHeaders(headers: IncomingHttpHeaders, eventStream: boolean, bodyChanges: boolean): string[] {
  const out: string[] = [];
  const named = connectionOptions(headers.connection);
  for (const name in headers) {
    if (DROPPED.has(name) || named?.has(name) === true || (bodyChanges && name === 'content-length')) continue;
    const value = headers[name];
    if (typeof value === 'string') out.push(name, value);
    else for (const one of value ?? []) out.push(name, one);
  }
  if (eventStream) addStreamHeaders(headers, out);
  return out;
}

function addStreamHeaders(headers: IncomingHttpHeaders, out: string[]): void {
  for (const name of ['cache-control', 'x-accel-buffering'] as const) {
    if (headers[name] === undefined) out.push(name, EVENT_STREAM_HEADERS[name]);
  }
}

function connectionOptions(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(connection.split(',').map((option) => option.trim().toLowerCase()));
}

export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('text/event-stream') === true;
}
