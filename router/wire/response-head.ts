import type { IncomingHttpHeaders } from 'node:http';
import { ChunkedBody } from './chunked-body.ts';
import { type BodyReader, EndlessBody, FixedBody } from './plain-body.ts';

/** The head of a node's answer. */
export interface AnswerHead {
  status: number;
  headers: IncomingHttpHeaders;
  /** Undefined when there is none. */
  body: BodyReader | undefined;
  /** For how many milliseconds the connection can be used again after the answer. */
  reusableFor: number;
}

const STATUS_LINE = /HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/y;
const FIELD = /([!#$%&'*+.^_`|~\w-]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y;

/** How long a node keeps an idle connection that does not say so, and how much earlier than it says we stop using one. */
const USUAL_IDLE = 4_000;
const IDLE_MARGIN = 1_000;

/**
 * Reads a head (RFC 9112). What could be understood in two ways is refused.
 * @param text from the status line to the empty line, both with their ends
 * @throws Error
 */
export function readHead(text: string): AnswerHead {
  STATUS_LINE.lastIndex = 0;
  const line = STATUS_LINE.exec(text);
  if (line === null) throw new Error('its answer is no HTTP/1.1');
  const status = Number(line[2]);
  const headers = readFields(text, STATUS_LINE.lastIndex);
  const body = bodyOf(status, headers);
  const isLast = line[1] === '0' || body?.endless === true || /\bclose\b/i.test(String(headers.connection ?? ''));
  return { status, headers, body, reusableFor: isLast ? 0 : idleTime(headers['keep-alive']) };
}

function readFields(text: string, start: number): IncomingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null);
  FIELD.lastIndex = start;
  while (FIELD.lastIndex < text.length - 2) {
    const [, name, value] = FIELD.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error('a header of its answer is malformed');
    addField(headers, lowerCase(name), withoutSpace(value));
  }
  return headers;
}

function addField(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (typeof before === 'string') headers[name] = [before, value];
  else before.push(value);
}

/** Names seen, so that each is put in lower case once. */
const names = new Map<string, string>();
const MAX_NAMES = 1_000;

function lowerCase(name: string): string {
  let known = names.get(name);
  if (known === undefined) {
    known = name.toLowerCase();
    if (names.size < MAX_NAMES) names.set(name, known);
  }
  return known;
}

/** Spaces and tabs around a value are no part of it (RFC 9110, section 5.5). */
function withoutSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** RFC 9112, section 6.3, for answers to requests that are neither HEAD nor CONNECT. */
function bodyOf(status: number, headers: IncomingHttpHeaders): BodyReader | undefined {
  if (status < 200 || status === 204 || status === 304) return undefined;
  const { 'transfer-encoding': coding, 'content-length': length } = headers as Record<string, unknown>;
  if (coding !== undefined) {
    if (length !== undefined || typeof coding !== 'string' || coding.toLowerCase() !== 'chunked')
      throw new Error('the length of its answer is not clear');
    return new ChunkedBody();
  }
  if (length === undefined) return new EndlessBody();
  if (typeof length !== 'string' || !/^\d{1,15}$/.test(length))
    throw new Error('the length of its answer is not clear');
  return length === '0' ? undefined : new FixedBody(Number(length));
}

function idleTime(keepAlive: unknown): number {
  if (typeof keepAlive !== 'string') return USUAL_IDLE;
  const seconds = /timeout=(\d{1,9})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? USUAL_IDLE : Math.max(0, Number(seconds) * 1_000 - IDLE_MARGIN);
}
