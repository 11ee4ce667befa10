import type { Socket } from 'node:net';

/** Gathers what one turn of the event loop has to say on a connection, and writes it at once: one system call for all of it. */
export class Batch {
  readonly #socket: Socket;
  readonly #onFree: () => void;
  /** What comes before the text. */
  #parts: (string | Buffer)[] = [];
  #text = '';
  #length = 0;

  /** @param onFree called when it is {@link full} no more */
  constructor(socket: Socket, onFree: () => void = () => undefined) {
    this.#socket = socket;
    this.#onFree = onFree;
    socket.on('drain', onFree);
  }

  /** Whether so much waits that what is not urgent should, too. */
  get full(): boolean {
    return this.#socket.writableNeedDrain || this.#length >= this.#socket.writableHighWaterMark;
  }

  /**
   * @param text characters up to 0xff, each a byte
   * @param bytes what follows it, if that is not text
   */
  add(text: string, bytes?: Buffer): void {
    if (this.#length === 0) setImmediate(() => this.flush());
    this.#length += text.length;
    this.#text += text;
    if (bytes === undefined) return;
    this.#length += bytes.length;
    this.#parts.push(this.#text, bytes);
    this.#text = '';
  }

  flush(): void {
    if (this.#length === 0) return;
    const { full } = this;
    const parts = this.#parts;
    const text = this.#text;
    this.#length = 0;
    this.#text = '';
    if (parts.length > 0) this.#parts = [];
    if (!this.#socket.writable) return;
    // One plain write costs half of a gathering one.
    if (parts.length === 0) this.#socket.write(text, 'latin1');
    else this.#writeAll(parts, text);
    // What the system takes at once is not followed by `drain`.
    if (full && !this.full) this.#onFree();
  }

  #writeAll(parts: readonly (string | Buffer)[], text: string): void {
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part, 'latin1');
    if (text !== '') this.#socket.write(text, 'latin1');
    this.#socket.uncork();
  }
}
