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

const DEEPEST = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;
/** The start of a word: messages show no more of the file, since it may be a secret. */
const WORD = /[A-Za-z_$][\w$]{0,8}/y;

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

/**
 * Reads a text as strictly as RFC 8259 says, to tell a person where and why it is not JSON (which the engine's own
 * parser often does not), and which keys occur twice.
 */
export function scanJson(text: string): { fault: JsonFault | undefined; duplicates: DuplicateKey[] } {
  const scan = new Scan(text);
  try {
    scan.document();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { fault: { offset: error.offset, problem: error.message }, duplicates: scan.duplicates };
  }
  return { fault: undefined, duplicates: scan.duplicates };
}

/** Line and column of an offset, both from 1, as `line:column`. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

class Scan {
  readonly duplicates: DuplicateKey[] = [];
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): void {
    this.space();
    if (this.at === this.text.length) throw new Fault(0, 'the file is empty; write {} for empty settings');
    this.value([]);
    this.space();
    if (this.at < this.text.length) throw this.unexpected('nothing after the end of the value');
  }

  private value(path: JsonPath): void {
    if (path.length > DEEPEST) throw new Fault(this.at, `nested deeper than ${DEEPEST} levels`);
    const next = this.text[this.at];
    if (next === '{') this.object(path);
    else if (next === '[') this.array(path);
    else if (next === '"') this.string();
    else if (this.match(NUMBER) === undefined && this.match(LITERAL) === undefined) throw this.unexpected('a value');
  }

  private object(path: JsonPath): void {
    const keys = new Set<string>();
    this.members('}', () => {
      const offset = this.at;
      if (this.text[this.at] !== '"') throw this.unexpected('a key in double quotes');
      const key: string = JSON.parse(this.string());
      if (keys.has(key)) this.duplicates.push({ offset, path: [...path, key] });
      keys.add(key);
      this.space();
      if (this.text[this.at] !== ':') throw this.unexpected(`":" after the key "${key}"`);
      this.at++;
      this.space();
      this.value([...path, key]);
    });
  }

  private array(path: JsonPath): void {
    let index = 0;
    this.members(']', () => this.value([...path, index++]));
  }

  /** What is between brackets, separated by commas. */
  private members(end: string, member: () => void): void {
    const start = this.at++;
    this.space();
    if (this.text[this.at] === end) {
      this.at++;
      return;
    }
    for (;;) {
      member();
      this.space();
      if (this.text[this.at] === end) break;
      if (this.at === this.text.length) throw this.unclosed(start, end);
      if (this.text[this.at] !== ',') throw this.unexpected(`"," or "${end}"`);
      const comma = this.at++;
      this.space();
      if (this.text[this.at] === end) throw new Fault(comma, `trailing comma before "${end}"; remove it`);
    }
    this.at++;
  }

  private string(): string {
    const start = this.at++;
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at] ?? '';
      if (char === '"') return this.text.slice(start, ++this.at);
      if (char < ' ') throw new Fault(this.at, controlCharacter(char, start, this.text));
      if (char === '\\') this.escape();
    }
    throw new Fault(start, 'this string has no closing double quote');
  }

  private escape(): void {
    if (this.match(ESCAPE) === undefined) {
      throw new Fault(
        this.at,
        `"${this.text.slice(this.at, this.at + 2)}" is not an escape; write \\\\ for a backslash`,
      );
    }
    this.at--;
  }

  private space(): void {
    this.match(SPACE);
    const next = this.text.slice(this.at, this.at + 2);
    if (next === '//' || next === '/*') throw new Fault(this.at, `JSON has no comments; remove this ${next} comment`);
    if (next[0] === '#') throw new Fault(this.at, 'JSON has no comments; remove this # comment');
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private unclosed(start: number, end: string): Fault {
    const opening = lineAndColumn(this.text, start);
    return new Fault(this.at, `the file ends before the "${end}" that closes "${this.text[start]}" of ${opening}`);
  }

  private unexpected(expected: string): Fault {
    const offset = this.at;
    const found = this.text[offset];
    if (found === undefined) return new Fault(offset, `the file ends where ${expected} is expected`);
    if (found === "'")
      return new Fault(offset, `expected ${expected}; JSON strings stand in double quotes, not single ones`);
    const word = this.match(WORD) ?? String.fromCodePoint(this.text.codePointAt(offset) ?? 0);
    const quote = found === '"' ? ' (is a comma missing before it?)' : '';
    return new Fault(offset, `expected ${expected}, found ${JSON.stringify(word)}${quote}`);
  }
}

function controlCharacter(char: string, start: number, text: string): string {
  if (char === '\n' || char === '\r') {
    return `the string that starts at ${lineAndColumn(text, start)} has no closing double quote on its line`;
  }
  return `a control character in a string; write ${char === '\t' ? '\\t' : JSON.stringify(char).slice(1, -1)} instead`;
}
