import fc from 'fast-check';

const BASE64URL = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
const VISIBLE = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index));
const LATIN1 = Array.from({ length: 256 }, (_, index) => String.fromCharCode(index));

/** Any Unicode text without lone surrogates: NUL, line ends and characters beyond the BMP among it. */
export function anyText(maxLength = 30): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ maxLength }),
    fc.string({ unit: 'binary', maxLength }),
    fc.string({
      unit: fc.constantFrom('\r', '\n', '\r\n', '\0', ' ', ':', 'a', 'é', '\u2028', '\ufeff', '😀'),
      maxLength,
    }),
  );
}

/** The characters of base64url, in which tags, inner ids and macs are written. */
export function base64url(minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...BASE64URL), minLength, maxLength });
}

/** Visible ASCII, of which session ids are made (2025-11-25, basic/transports, "Session Management"). */
export function visibleAscii(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...VISIBLE), minLength, maxLength });
}

/** Any characters that a byte can stand for, as Node gives the values of headers. */
export function latin1(maxLength = 30): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...LATIN1), maxLength });
}

/** The same text with each letter in either case. */
export function anyCase(text: string): fc.Arbitrary<string> {
  return fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((letter, index) => (upper[index] ? letter.toUpperCase() : letter)).join(''));
}
