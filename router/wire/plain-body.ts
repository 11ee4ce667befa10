/** Takes the body of an answer out of what comes on the connection. */
export interface BodyReader {
  /** All of it has been read. */
  readonly done: boolean;
  /** It ends with its connection. */
  readonly endless: boolean;
  /**
   * @param at where to begin
   * @param onData gets what belongs to the body; never empty
   * @returns where what follows begins
   * @throws Error
   */
  read(chunk: Buffer, at: number, onData: (bytes: Buffer) => void): number;
}

/** A body whose length the head tells. */
export class FixedBody implements BodyReader {
  readonly endless = false;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  read(chunk: Buffer, at: number, onData: (bytes: Buffer) => void): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    onData(chunk.subarray(at, end));
    return end;
  }
}

/** A body that ends with its connection. */
export class EndlessBody implements BodyReader {
  readonly done = false;
  readonly endless = true;

  read(chunk: Buffer, at: number, onData: (bytes: Buffer) => void): number {
    onData(chunk.subarray(at));
    return chunk.length;
  }
}
