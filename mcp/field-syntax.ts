/** What may stand in the head of an HTTP message, of whose text each character is a byte (RFC 9110, sections 5 and 9; RFC 9112, 3.2). */

const METHOD = /^[A-Z]{1,20}$/;
const PATH = /^\/[\x21-\x7e\x80-\xff]*$/;
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const UNSOUND = /[^\t\x20-\x7e\x80-\xff]/;

/** Names seen, and how each is written in lower case, so that each is looked at once. */
const names = new Map<string, string>();
const MAX_NAMES = 1_000;
/** Longest name that is kept. */
const MAX_KEPT = 64;

export function isMethod(text: string): boolean {
  return METHOD.test(text);
}

/** Whether a text can be the target of a request: path and query. */
export function isPath(text: string): boolean {
  return PATH.test(text);
}

/** The name of a header in lower case; undefined when it is no name. */
export function fieldName(name: string): string | undefined {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (!NAME.test(name)) return undefined;
  const lower = name.toLowerCase();
  if (names.size < MAX_NAMES && name.length <= MAX_KEPT) names.set(name, lower);
  return lower;
}

/** Whether a value can be that of a header. */
export function isFieldValue(value: string): boolean {
  return !UNSOUND.test(value);
}

/** A value without the spaces and tabs around it, which are no part of it (RFC 9110, section 5.5). */
export function withoutBlanksAround(value: string): string {
  // A loop, since a regular expression tries each of many blanks within a value anew.
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
