/** V8 reads JSON of any depth, but some shapes are written by recursion, and the stack ends. */
export const MAX_JSON_DEPTH = 512;

/** JSON that takes more time or stack to read than its size lets expect. */
export class JsonBoundsError extends Error {}

/** What a character begins, outside of texts. */
const BEGINS = { nothing: 0, text: 1, container: 2, end: 3, number: 4, literal: 5 } as const;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** By character code; a table, since this is looked up for each character of whatever comes in. */
const beginning = new Uint8Array(128);
const inNumber = new Uint8Array(128);
for (const char of '"') beginning[char.charCodeAt(0)] = BEGINS.text;
for (const char of '[{') beginning[char.charCodeAt(0)] = BEGINS.container;
for (const char of ']}') beginning[char.charCodeAt(0)] = BEGINS.end;
for (const char of '-0123456789') beginning[char.charCodeAt(0)] = BEGINS.number;
for (const char of 'tfn') beginning[char.charCodeAt(0)] = BEGINS.literal;
for (const char of '+-.0123456789Ee') inNumber[char.charCodeAt(0)] = 1;

/** JSON numbers (RFC 8259, section 6). */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Whole numbers of so many characters are always written as they were read; -0 is not. */
const PLAIN = /^(?:-?[1-9]\d{0,13}|0)$/;

const NAME_ENDS = /[ \t\r\n]*:/y;

/**
 * Looks through JSON before it is read: at a fraction of what that costs, since it neither makes values nor checks the grammar.
 * @param text what is meant to be JSON; of anything else the answer means nothing
 * @param maxValues how many values it may have, names of members included
 * @returns where the numbers are that JavaScript would write in another way: start and end of each in turn
 * @throws JsonBoundsError when it has more values, or more levels than MAX_JSON_DEPTH
 */
export function scanJson(text: string, maxValues: number): number[] {
  const unusual: number[] = [];
  const { length } = text;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < length; at++) {
    const begins = beginning[text.charCodeAt(at)] ?? BEGINS.nothing;
    if (begins === BEGINS.nothing) continue;
    if (begins === BEGINS.end) depth--;
    else values++;
    if (begins === BEGINS.text) at = endOfText(text, at);
    else if (begins === BEGINS.container) depth++;
    else if (begins === BEGINS.number) at = takeNumber(text, at, unusual);
    // To keep a number costs as much as two further values: there is an entry of each kind for it.
    if (depth > MAX_JSON_DEPTH || values + unusual.length > maxValues) throw outOfBounds(depth, maxValues);
  }
  return unusual;
}

function outOfBounds(depth: number, maxValues: number): JsonBoundsError {
  return new JsonBoundsError(
    depth > MAX_JSON_DEPTH
      ? `more than ${MAX_JSON_DEPTH} levels`
      : `more than ${maxValues} values and names of members`,
  );
}

/** Position of the quote that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (let escaped = 0; end >= 0; escaped++) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
    if (escaped === MAX_SEARCHES) return endByCharacter(text, end + 1);
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** A search skips long texts, but costs more than a look at each character where it finds escaped quotes one after the other. */
const MAX_SEARCHES = 100;

function endByCharacter(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

/** @returns the last position of the number that begins at `start` */
function takeNumber(text: string, start: number, unusual: number[]): number {
  let end = start + 1;
  while (inNumber[text.charCodeAt(end)] === 1) end++;
  if (isUnusual(text, start, end)) unusual.push(start, end);
  return end - 1;
}

function isUnusual(text: string, start: number, end: number): boolean {
  const number = text.slice(start, end);
  if (PLAIN.test(number) || String(Number(number)) === number) return false;
  // Where an object has a name, a number is no JSON, nor is what does not look like one.
  NAME_ENDS.lastIndex = end;
  return NUMBER.test(number) && !NAME_ENDS.test(text);
}
