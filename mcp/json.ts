import { randomBytes } from 'node:crypto';
import { MAX_JSON_DEPTH, scanJson } from './json-scan.ts';

export { JsonBoundsError, MAX_JSON_DEPTH } from './json-scan.ts';

/** The one way in for JSON that others wrote. What goes out is written by `JSON.stringify`, which knows both kinds of numbers. */

/** A JSON object, as opposed to an array or anything else. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** Up to this length a text cannot be deep, nor have many values. */
const SHORT = 2 * MAX_JSON_DEPTH;

/** What a number looks like that may have to be kept as it was written; also found in texts, which does no harm. */
const SUSPECT = /(?:^|[:,[\s])(?:-0|-?\d{16}|-?\d+[.eE])/;

/** Stands before a number that is kept: nobody outside of this process can write such a text. */
const MARK = randomBytes(12).toString('base64url');

/** How many values JSON may have where nothing else is said, names of members included. */
const MAX_VALUES = 1_000_000;

/**
 * Reads JSON whose numbers the hub itself uses.
 * @param input text, or bytes of UTF-8; a byte order mark before it is ignored (RFC 8259, section 8.1)
 * @param maxValues how many values it may have, names of members included
 * @throws SyntaxError when it is no JSON
 * @throws JsonBoundsError when it is nested too deep, or has too many values; it was not read then
 */
export function parseJson(input: string | Uint8Array, maxValues: number = MAX_VALUES): unknown {
  const text = textOf(input);
  if (text.length > SHORT) scanJson(text, maxValues);
  return JSON.parse(text);
}

/**
 * Reads JSON that is passed on: numbers that JavaScript would write in another way are kept, see {@link RawNumber}. A reviver could
 * tell them, too, but is called for each value there is; see decision 19.
 * @param input see {@link parseJson}, as for what is thrown
 */
export function parseMessage(input: string | Uint8Array, maxValues: number = MAX_VALUES): unknown {
  const text = textOf(input);
  if (text.length <= SHORT && !SUSPECT.test(text)) return JSON.parse(text);
  const unusual = scanJson(text, maxValues);
  return unusual.length === 0 ? JSON.parse(text) : parseKeeping(text, unusual);
}

function parseKeeping(text: string, unusual: readonly number[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(marked(text, unusual));
  } catch {
    // The same fault, told of the text as its author knows it.
    return JSON.parse(text);
  }
  return unmarked(value);
}

/** The text with marked texts in place of the numbers that are kept. */
function marked(text: string, unusual: readonly number[]): string {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < unusual.length; i += 2) {
    const start = unusual[i] as number;
    const end = unusual[i + 1] as number;
    parts.push(text.slice(from, start), `"${MARK}`, text.slice(start, end), '"');
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** Puts the numbers back; depth is bounded by the scan. */
function unmarked(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? JSON.rawJSON(value.slice(MARK.length)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    const before = holder[key];
    const after = unmarked(before);
    if (after !== before) holder[key] = after;
  }
  return value;
}

function textOf(input: string | Uint8Array): string {
  const text = typeof input === 'string' ? input : Buffer.from(input.buffer, input.byteOffset, input.length).toString();
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
