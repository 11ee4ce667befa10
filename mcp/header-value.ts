import { withoutBlanksAround } from './field-syntax.ts';

/** Header values that mirror texts of a body (2026-07-28, basic/transports/streamable-http, "Value Encoding"). */

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that a header value stands for, or undefined when its encoding is broken. */
export function decodeHeaderValue(value: string): string | undefined {
  const text = withoutBlanksAround(value);
  if (!text.startsWith(PREFIX) || !text.endsWith(SUFFIX)) return text;
  const base64 = text.slice(PREFIX.length, -SUFFIX.length);
  if (!CANONICAL.test(base64)) return undefined;
  try {
    return utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/** A text as a header can carry it: as it is when it is visible ASCII without spaces at its ends, else in base64. */
export function encodeHeaderValue(text: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith(PREFIX);
  return plain ? text : `${PREFIX}${Buffer.from(text).toString('base64')}${SUFFIX}`;
}
