import type { IncomingHttpHeaders } from 'node:http';
import { fieldName, isFieldValue, withoutBlanksAround } from '../../mcp/field-syntax.ts';

/** Status and headers of an answer that can be passed on as they are. */
export interface SoundHead {
  status: number;
  /** Names in lower case; those that came several times have several values. */
  headers: IncomingHttpHeaders;
  /** Bytes of the body; undefined when the headers do not tell. */
  length: number | undefined;
}

/**
 * Checks what a node answers with, whichever way it came here. What could be understood in two ways is refused.
 * @param fields names and values in turn
 * @throws Error
 */
export function soundHead(status: unknown, fields: readonly unknown[]): SoundHead {
  if (!isStatus(status)) throw new Error('the status of its answer is none');
  const headers: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i + 1 < fields.length; i += 2) addField(headers, fields[i], fields[i + 1]);
  return { status, headers, length: lengthOf(status, headers) };
}

function isStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 599;
}

function addField(headers: Record<string, string | string[]>, given: unknown, text: unknown): void {
  const name = typeof given === 'string' ? fieldName(given) : undefined;
  if (name === undefined || typeof text !== 'string' || !isFieldValue(text))
    throw new Error('a header of its answer is malformed');
  const value = withoutBlanksAround(text);
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (typeof before === 'string') headers[name] = [before, value];
  else before.push(value);
}

/** RFC 9112, section 6.3, for answers to requests that are neither HEAD nor CONNECT. */
function lengthOf(status: number, headers: Record<string, string | string[]>): number | undefined {
  const length = headers['content-length'];
  if (length !== undefined && (typeof length !== 'string' || !/^\d{1,15}$/.test(length)))
    throw new Error('the length of its answer is not clear');
  if (status < 200 || status === 204 || status === 304) return 0;
  return length === undefined ? undefined : Number(length);
}
