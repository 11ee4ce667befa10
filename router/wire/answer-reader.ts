import type { IncomingHttpHeaders } from 'node:http';
import type { BodyReader } from './plain-body.ts';
import { readHead } from './response-head.ts';

/** Who is told of an answer as it comes. */
export interface AnswerEvents {
  onHead(status: number, headers: IncomingHttpHeaders): void;
  /** @param bytes overwritten after this call */
  onData(bytes: Buffer): void;
  /** @param reusableFor milliseconds for which the connection can be used again */
  onEnd(reusableFor: number): void;
}

const HEAD_END = '\r\n\r\n';
const MAX_HEAD = 64 * 1024;

/** Reads what a node sends on one connection: one answer for each that is expected, and nothing else. */
export class AnswerReader {
  readonly #events: AnswerEvents;
  readonly #onData: (bytes: Buffer) => void;
  #expected = false;
  #reusableFor = 0;
  /** The beginning of a head. */
  #begun: Buffer | undefined;
  /** The body that is being read. */
  #body: BodyReader | undefined;

  constructor(events: AnswerEvents) {
    this.#events = events;
    this.#onData = (bytes) => events.onData(bytes);
  }

  /** A request has been sent. */
  expect(): void {
    this.#expected = true;
  }

  /** @throws Error when this is no answer, or one that nobody asked for; the connection is of no more use */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (!this.#expected) throw new Error('it sent what nobody asked for');
      if (this.#body === undefined) {
        at = this.#readHead(chunk, at);
        continue;
      }
      at = this.#body.read(chunk, at, this.#onData);
      if (this.#body.done) this.#end();
    }
  }

  /** The node has closed its side. */
  finish(): void {
    if (this.#body?.endless === true) this.#end();
  }

  /** @returns where the body begins */
  #readHead(chunk: Buffer, at: number): number {
    const before = this.#begun?.length ?? 0;
    const whole = this.#begun === undefined ? chunk.subarray(at) : Buffer.concat([this.#begun, chunk.subarray(at)]);
    const end = whole.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length), 'latin1');
    if ((end < 0 ? whole.length : end) > MAX_HEAD) throw new Error('the head of its answer is too long');
    if (end < 0) {
      this.#begun = Buffer.from(whole);
      return chunk.length;
    }
    this.#begun = undefined;
    const { status, headers, body, reusableFor } = readHead(whole.toString('latin1', 0, end + HEAD_END.length));
    if (status === 101) throw new Error('it changes to a protocol that nobody asked for');
    if (status >= 200) {
      this.#body = body;
      this.#reusableFor = reusableFor;
      this.#events.onHead(status, headers);
      if (body === undefined) this.#end();
    }
    return at + end + HEAD_END.length - before;
  }

  #end(): void {
    this.#body = undefined;
    this.#expected = false;
    this.#events.onEnd(this.#reusableFor);
  }
}
