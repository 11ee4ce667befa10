import type { BodyReader } from './plain-body.ts';

const LF = 0x0a;
/** Largest line that gives the size of a chunk, and largest sum of trailers, in bytes. */
const MAX_LINE = 1_024;
const MAX_TRAILERS = 16 * 1024;

/** A body in chunks (RFC 9112, section 7.1). Trailers are read and dropped. */
export class ChunkedBody implements BodyReader {
  readonly endless = false;
  #part: 'size' | 'data' | 'gap' | 'trailers' | 'over' = 'size';
  /** Bytes of the chunk that are yet to come. */
  #left = 0;
  /** The beginning of a line whose end is yet to come. */
  #line = '';
  #trailers = 0;

  get done(): boolean {
    return this.#part === 'over';
  }

  read(chunk: Buffer, start: number, onData: (bytes: Buffer) => void): number {
    let at = start;
    while (at < chunk.length && this.#part !== 'over') {
      if (this.#part === 'data') at = this.#readData(chunk, at, onData);
      else at = this.#readLine(chunk, at);
    }
    return at;
  }

  #readData(chunk: Buffer, at: number, onData: (bytes: Buffer) => void): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#part = 'gap';
    onData(chunk.subarray(at, end));
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    const to = end < 0 ? chunk.length : end;
    if (this.#line.length + to - at > MAX_LINE) throw new Error('a chunk of its answer has no size');
    this.#line += chunk.toString('latin1', at, to);
    if (end < 0) return to;
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r')) throw new Error('a chunk of its answer is malformed');
    this.#onLine(line.slice(0, -1));
    return end + 1;
  }

  #onLine(line: string): void {
    if (this.#part === 'size') {
      const size = /^[\da-f]{1,8}(?=[ \t]*(?:;|$))/i.exec(line)?.[0];
      if (size === undefined) throw new Error('a chunk of its answer has no size');
      this.#left = Number.parseInt(size, 16);
      this.#part = this.#left === 0 ? 'trailers' : 'data';
    } else if (this.#part === 'gap') {
      if (line !== '') throw new Error('a chunk of its answer is longer than it says');
      this.#part = 'size';
    } else if (line === '') this.#part = 'over';
    else {
      this.#trailers += line.length;
      if (this.#trailers > MAX_TRAILERS) throw new Error('the trailers of its answer are too long');
    }
  }
}
