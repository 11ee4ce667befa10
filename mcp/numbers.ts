/**
 * A number of a JSON text that JavaScript's own numbers would write in another way, such as 9007199254740993, 1.0, 1e400 or -0:
 * it is kept as it was written, and `JSON.stringify` writes it so again.
 */
export interface RawNumber {
  readonly rawJSON: string;
}

declare global {
  /** ECMAScript proposal "JSON.parse source text access", which Node.js has. */
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && JSON.isRawJSON(value);
}

/** The nearest number that JavaScript has, for numbers that the hub itself reads; other values stay what they are. */
export function plainNumber(value: unknown): unknown {
  return isRawNumber(value) ? Number(value.rawJSON) : value;
}

/** Whatever stands where a text should be, as a text. */
export function shownAs(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value) ?? '';
}
