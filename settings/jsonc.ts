import jsonc, { type ParseErrorCode } from 'jsonc-parser';
import type { JsonPath } from './path.ts';

/** Where a text stops being JSON, and why. `offset` counts UTF-16 code units. */
export interface JsonFault {
  readonly offset: number;
  readonly problem: string;
}

/** A key that an object has twice; the first value is lost. */
export interface DuplicateKey {
  readonly offset: number;
  readonly path: JsonPath;
}

/** `value` is undefined where there is a fault. */
export interface ParsedJson {
  readonly value: unknown;
  readonly fault: JsonFault | undefined;
  readonly duplicates: readonly DuplicateKey[];
}

const DEEPEST = 200;
/** What of a string is as RFC 8259 says, from its opening quote. */
const GOOD_STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
/** A short word of letters: messages show nothing longer of the file, since it may be a secret. */
const WORD = /[A-Za-z]{1,9}(?![\w$-])/y;

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

/**
 * Reads JSON as editors write it: with comments, with commas after the last member, with a byte order mark. All else is as
 * strict as RFC 8259; a fault says where and why in words for a person. Keys that occur twice are reported.
 */
export function parseJsonc(text: string): ParsedJson {
  const walk = new Walk(text);
  try {
    return { value: JSON.parse(walk.plain()), fault: undefined, duplicates: walk.duplicates };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const fault = { offset: error.offset, problem: error.message };
    return { value: undefined, fault, duplicates: walk.duplicates };
  }
}

/** Line and column of an offset, both from 1, as `line:column`. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

/** An object or list that is open. */
interface Frame {
  readonly start: number;
  readonly end: '}' | ']';
  readonly keys: Set<string>;
}

/** One walk through a text with the parser's events, which say what is expected next. */
class Walk {
  readonly duplicates: DuplicateKey[] = [];
  private readonly text: string;
  private readonly frames: Frame[] = [];
  /** The frame that ended last. */
  private ended: Frame | undefined;
  private expected = 'a value';
  /** A comma with nothing after it so far. */
  private comma: number | undefined;
  private readonly blanks: { offset: number; length: number }[] = [];

  constructor(text: string) {
    this.text = text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
  }

  /**
   * The text with blanks in place of what plain JSON lacks. The engine's own parser makes the value of it, which keeps each number
   * and takes `__proto__` for a key.
   */
  plain(): string {
    jsonc.visit(
      this.text,
      {
        onObjectBegin: (start) => this.open(start, '}', 'a key in double quotes'),
        onArrayBegin: (start) => this.open(start, ']', 'a value'),
        onObjectEnd: () => this.close(),
        onArrayEnd: () => this.close(),
        onObjectProperty: (key, offset, _length, _line, _column, path) => this.key(key, offset, path()),
        onLiteralValue: () => this.complete(),
        onSeparator: (character, offset) => this.separator(character, offset),
        onComment: (offset, length) => this.blanks.push({ offset, length }),
        onError: (code, offset, length) => this.fail(code, offset, offset + length),
      },
      { allowTrailingComma: true },
    );
    let plain = '';
    let from = 0;
    for (const { offset, length } of this.blanks.sort((a, b) => a.offset - b.offset)) {
      plain += `${this.text.slice(from, offset)} `;
      from = offset + length;
    }
    return plain + this.text.slice(from);
  }

  private open(start: number, end: Frame['end'], expected: string): void {
    if (this.frames.length > DEEPEST) throw new Fault(start, `nested deeper than ${DEEPEST} levels`);
    this.frames.push({ start, end, keys: new Set() });
    this.expected = expected;
    this.comma = undefined;
  }

  private close(): void {
    if (this.comma !== undefined) this.blanks.push({ offset: this.comma, length: 1 });
    this.ended = this.frames.pop();
    this.complete();
  }

  private complete(): void {
    const end = this.frames.at(-1)?.end;
    this.expected = end === undefined ? 'nothing after the end of the value' : `"," or "${end}"`;
    this.comma = undefined;
  }

  private key(key: string, offset: number, path: JsonPath): void {
    const keys = this.frames.at(-1)?.keys;
    if (keys?.has(key)) this.duplicates.push({ offset, path: [...path, key] });
    keys?.add(key);
    this.expected = '":" after the key';
    this.comma = undefined;
  }

  private separator(character: string, offset: number): void {
    const inObject = this.frames.at(-1)?.end === '}';
    this.expected = character === ',' && inObject ? 'a key in double quotes' : 'a value';
    if (character === ',') this.comma = offset;
  }

  private fail(code: ParseErrorCode, start: number, end: number): never {
    switch (jsonc.printParseErrorCode(code)) {
      case 'UnexpectedEndOfComment':
        throw new Fault(start, 'this /* comment has no */ at its end');
      case 'UnexpectedEndOfString':
        throw this.unclosedString(start, end);
      case 'InvalidUnicode':
      case 'InvalidEscapeCharacter':
        throw this.badEscape(start);
      case 'InvalidCharacter':
        throw this.controlCharacter(start);
      case 'CloseBraceExpected':
      case 'CloseBracketExpected':
        throw this.unclosed(start);
      default:
        throw this.unexpected(start);
    }
  }

  private unclosedString(start: number, end: number): Fault {
    if (end >= this.text.length) return new Fault(start, 'this string has no closing double quote');
    const opening = lineAndColumn(this.text, start);
    return new Fault(end, `the string that starts at ${opening} has no closing double quote on its line`);
  }

  private badEscape(start: number): Fault {
    GOOD_STRING.lastIndex = start;
    const at = start + (GOOD_STRING.exec(this.text)?.[0].length ?? 0);
    return new Fault(at, `"${this.text.slice(at, at + 2)}" is not an escape; write \\\\ for a backslash`);
  }

  private controlCharacter(start: number): Fault {
    let at = start;
    while (this.text.charAt(at) >= ' ') at++;
    const char = this.text.charAt(at);
    const escaped = char === '\t' ? '\\t' : JSON.stringify(char).slice(1, -1);
    return new Fault(at, `a control character in a string; write ${escaped} instead`);
  }

  private unclosed(at: number): Fault {
    const { start = 0, end } = this.ended ?? {};
    const opening = `"${this.text[start]}" of ${lineAndColumn(this.text, start)}`;
    return new Fault(at, `the file ends before the "${end}" that closes ${opening}`);
  }

  private unexpected(offset: number): Fault {
    const found = this.text[offset];
    const { expected } = this;
    if (found === undefined) {
      if (this.ended === undefined && this.frames.length === 0) {
        return new Fault(0, 'the file is empty; write {} for empty settings');
      }
      return new Fault(offset, `the file ends where ${expected} is expected`);
    }
    if (found === "'")
      return new Fault(offset, `expected ${expected}; JSON strings stand in double quotes, not single ones`);
    if (found === '#') return new Fault(offset, `expected ${expected}; a comment starts with //, not with #`);
    WORD.lastIndex = offset;
    const word = WORD.exec(this.text)?.[0] ?? String.fromCodePoint(this.text.codePointAt(offset) ?? 0);
    const quote = found === '"' ? ' (is a comma missing before it?)' : '';
    return new Fault(offset, `expected ${expected}, found ${JSON.stringify(word)}${quote}`);
  }
}
