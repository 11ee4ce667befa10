import { parseMessage } from './json.ts';
import { isId, MAX_BATCH, type RequestId } from './jsonrpc.ts';

/** Finds the ids in a JSON-RPC body that passes by in pieces and is not kept, or is not to be read. */
export interface IdScanner {
  push(chunk: Uint8Array): void;
  /** The ids of the requests that have passed completely, as many as a batch may have. */
  readonly ids: readonly RequestId[];
  /** The same of answers. */
  readonly answered: readonly RequestId[];
}

/** White space of JSON is this or below. */
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

/** Keys and ids are shorter; longer texts are of no interest. */
const MAX_TOKEN = 300;

/** Makes a scanner. It trusts the body to be JSON; what it makes of anything else is harmless. */
export function createIdScanner(): IdScanner {
  return new Scanner();
}

class Scanner implements IdScanner {
  readonly ids: RequestId[] = [];
  readonly answered: RequestId[] = [];
  #depth = 0;
  /** Depth of a message's members: 1, or 2 within a batch. */
  #memberDepth = 1;
  #inString = false;
  #escaped = false;
  #token: number[] = [];
  #key = '';
  #id: RequestId | undefined;
  #hasMethod = false;

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#full; at++) {
      if (this.#inString && !this.#keeps) at = this.#skipText(chunk, at);
      else if (this.#inString) this.#inText(chunk[at] as number);
      else this.#outsideText(chunk[at] as number);
    }
  }

  /** There is no batch of more. */
  get #full(): boolean {
    return this.ids.length + this.answered.length >= MAX_BATCH;
  }

  /** Only names and values of a message's own members are of interest, as far as they are short. */
  get #keeps(): boolean {
    return this.#depth === this.#memberDepth && this.#token.length <= MAX_TOKEN;
  }

  /** @returns the last position of the text, or of the chunk */
  #skipText(chunk: Uint8Array, from: number): number {
    let escaped = this.#escaped;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#escaped = false;
        return at;
      }
    }
    this.#escaped = escaped;
    return chunk.length;
  }

  #inText(byte: number): void {
    this.#keep(byte);
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #outsideText(byte: number): void {
    if (byte === QUOTE) {
      this.#inString = true;
      this.#keep(byte);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#close();
    else if (this.#depth === this.#memberDepth && byte > SPACE) this.#member(byte);
  }

  #open(byte: number): void {
    if (this.#depth === 0) this.#memberDepth = byte === OPEN_ARRAY ? 2 : 1;
    this.#depth++;
    this.#token = [];
  }

  #close(): void {
    if (this.#depth === this.#memberDepth) {
      this.#endMember();
      if (this.#id !== undefined) (this.#hasMethod ? this.ids : this.answered).push(this.#id);
      this.#id = undefined;
      this.#hasMethod = false;
    }
    this.#depth--;
    this.#token = [];
  }

  #member(byte: number): void {
    if (byte === COLON) {
      const key = this.#value();
      this.#key = typeof key === 'string' ? key : '';
      if (this.#key === 'method') this.#hasMethod = true;
      this.#token = [];
    } else if (byte === COMMA) this.#endMember();
    else this.#keep(byte);
  }

  #endMember(): void {
    const value = this.#key === 'id' ? this.#value() : undefined;
    if (isId(value)) this.#id = value;
    this.#key = '';
    this.#token = [];
  }

  #keep(byte: number): void {
    if (this.#keeps) this.#token.push(byte);
  }

  #value(): unknown {
    try {
      return parseMessage(Uint8Array.from(this.#token));
    } catch {
      return undefined;
    }
  }
}
