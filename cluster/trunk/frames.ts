/**
 * A trunk is one connection between a coordinator and a node that carries many requests at once. Both sides write frames:
 * kind (1 byte), number of the request (4), bytes of the head (4), bytes of the body (4), head, body; all integers big-endian.
 * A head is JSON.
 */

/** The protocol that a coordinator asks a node to change to (RFC 9110, section 7.8). */
export const TRUNK_PROTOCOL = 'mcphub-trunk/1';
/** Where a node takes such a request, below its base path. */
export const TRUNK_PATH = '/trunk';

/** What a frame says. */
export const KIND = {
  /** A whole request. Head: method, path, and names and values of its headers in turn. */
  request: 1,
  /** The beginning of an answer. Head: status and headers. */
  head: 2,
  /** An answer from its head to its end. */
  whole: 3,
  /** Some of the body of an answer. */
  data: 4,
  /** The answer has ended; a body is the last of it. */
  end: 5,
  /** No more of the request or its answer will come, and none is wanted. */
  abort: 6,
  /** The coordinator has passed on some of an answer. Head: how many bytes, so many more may be sent. */
  more: 7,
  /** The node takes no more requests; it answers those that it has. */
  leaving: 8,
  /** The coordinator asks whether the node is there; the node says the same in turn. */
  ping: 9,
} as const;

export type Kind = (typeof KIND)[keyof typeof KIND];

export type RequestFrameHead = [method: string, path: string, headers: readonly string[]];
export type AnswerFrameHead = [status: number, headers: Record<string, string | string[]>];

/** Largest body of one frame, in bytes: longer answers take several, so that others get between them. */
export const MAX_FRAME_BODY = 64 * 1024;
/** Largest head, in bytes: that of an HTTP request has the same bound. */
const MAX_FRAME_HEAD = 64 * 1024;

/** Bytes of the body of an answer that may be under way before the coordinator says that it has passed some of it on. */
export const WINDOW = 256 * 1024;

const PREFIX = 13;
const LAST_KIND = KIND.ping;

/**
 * A frame as text of which each character is a byte, ready to be written as latin1 together with others.
 * @param head JSON of characters up to 0xff
 * @param body such text, too
 */
export function encodeFrame(kind: Kind, id: number, head = '', body = ''): string {
  return encodePrefix(kind, id, head.length, body.length) + head + body;
}

/** The beginning of a frame without a head; its body follows. */
export function encodeDataPrefix(id: number, bodyLength: number): string {
  return encodePrefix(KIND.data, id, 0, bodyLength);
}

function encodePrefix(kind: Kind, id: number, headLength: number, bodyLength: number): string {
  return String.fromCharCode(kind) + uint32(id) + uint32(headLength) + uint32(bodyLength);
}

function uint32(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Text as bytes of UTF-8, each a character. */
export function utf8Bytes(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** @param body overwritten after the call; that of a `data` frame comes in as many calls as it takes */
export type OnFrame = (kind: Kind, id: number, head: string, body: Buffer) => void;

/** Takes the frames out of what comes on the connection. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose end is yet to come. */
  #begun: Buffer | undefined;
  /** Bytes of a `data` frame that are yet to come, and the request that it belongs to. */
  #left = 0;
  #id = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** @throws Error when this is no frame; the connection is of no more use */
  read(chunk: Buffer): void {
    const bytes = this.#begun === undefined ? chunk : Buffer.concat([this.#begun, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const end = this.#left > 0 ? this.#readData(bytes, at) : this.#readFrame(bytes, at);
      if (end === at) break;
      at = end;
    }
    this.#begun = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at));
  }

  /** @returns where the next one begins; `at` when this one is not there yet */
  #readFrame(bytes: Buffer, at: number): number {
    if (bytes.length - at < PREFIX) return at;
    const kind = bytes[at] as Kind;
    const id = bytes.readUInt32BE(at + 1);
    const headEnd = at + PREFIX + bytes.readUInt32BE(at + 5);
    const length = bytes.readUInt32BE(at + 9);
    const end = headEnd + length;
    checkFrame(kind, headEnd - at - PREFIX, length);
    if (kind === KIND.data && headEnd <= bytes.length) {
      this.#id = id;
      this.#left = length;
      return headEnd;
    }
    if (bytes.length < end) return at;
    this.#onFrame(kind, id, bytes.toString('latin1', at + PREFIX, headEnd), bytes.subarray(headEnd, end));
    return end;
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#onFrame(KIND.data, this.#id, '', bytes.subarray(at, end));
    return end;
  }
}

function checkFrame(kind: number, headLength: number, bodyLength: number): void {
  const known = kind > 0 && kind <= LAST_KIND;
  if (!known || headLength > MAX_FRAME_HEAD || bodyLength > MAX_FRAME_BODY)
    throw new Error('what comes on the trunk is no frame');
}
