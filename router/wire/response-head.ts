import type { IncomingHttpHeaders } from 'node:http';
import { ChunkedBody } from './chunked-body.ts';
import { type SoundHead, soundHead } from './fields.ts';
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

const STATUS_LINE = /HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/y;
const FIELD = /([^:\r\n]*):([^\r\n]*)\r\n/y;

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
  const sound = soundHead(Number(line[2]), readFields(text, STATUS_LINE.lastIndex));
  const { status, headers } = sound;
  const body = bodyOf(sound);
  const isLast = line[1] === '0' || body?.endless === true || /\bclose\b/i.test(String(headers.connection ?? ''));
  return { status, headers, body, reusableFor: isLast ? 0 : idleTime(headers['keep-alive']) };
}

/** Names and values in turn. */
function readFields(text: string, start: number): string[] {
  const fields: string[] = [];
  FIELD.lastIndex = start;
  while (FIELD.lastIndex < text.length - 2) {
    const [, name, value] = FIELD.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error('a header of its answer is malformed');
    fields.push(name, value);
  }
  return fields;
}

function bodyOf({ headers, length }: SoundHead): BodyReader | undefined {
  const { 'transfer-encoding': coding } = headers as Record<string, unknown>;
  if (length === 0 && headers['content-length'] === undefined) return undefined;
  if (coding !== undefined) {
    if (length !== undefined || typeof coding !== 'string' || coding.toLowerCase() !== 'chunked')
      throw new Error('the length of its answer is not clear');
    return new ChunkedBody();
  }
  if (length === undefined) return new EndlessBody();
  return length === 0 ? undefined : new FixedBody(length);
}

function idleTime(keepAlive: unknown): number {
  if (typeof keepAlive !== 'string') return USUAL_IDLE;
  const seconds = /timeout=(\d{1,9})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? USUAL_IDLE : Math.max(0, Number(seconds) * 1_000 - IDLE_MARGIN);
}
