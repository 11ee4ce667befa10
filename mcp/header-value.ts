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

/** A loop, since a regular expression tries each of many blanks within a text anew. */
function withoutBlanksAround(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

/** A text as a header can carry it: as it is when it is visible ASCII without spaces at its ends, else in base64. */
export function encodeHeaderValue(text: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith(PREFIX);
  return plain ? text : `${PREFIX}${Buffer.from(text).toString('base64')}${SUFFIX}`;
}
