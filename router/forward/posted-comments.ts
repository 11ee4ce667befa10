import type { RequestId } from '../../mcp/jsonrpc.ts';
import { POSTED_COMMENT } from '../../mcp/sse.ts';

/** Longest comment that is looked for, in bytes; ids are shorter. */
const MAX_COMMENT = 400;
const MARK = Buffer.from(POSTED_COMMENT);

/**
 * Finds in an HTTP+SSE stream the comments by which a node tells which requests were posted to the session, perhaps by way of
 * another coordinator. Only this one can answer them on the stream when the node is lost.
 */
export class PostedComments {
  readonly #onPosted: (id: RequestId) => void;
  #rest = Buffer.alloc(0);

  constructor(onPosted: (id: RequestId) => void) {
    this.#onPosted = onPosted;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, from)) {
      const end = bytes.indexOf('\n', at);
      if (end < 0) break;
      if (at === 0 || bytes[at - 1] === 0x0a) this.#read(bytes.toString('utf8', at + MARK.length, end));
      from = end;
    }
    const rest = bytes.subarray(Math.max(from, bytes.length - MAX_COMMENT));
    // A copy: the chunk is part of a large buffer that must not live as long as the stream.
    this.#rest = rest.includes(MARK[0] as number) ? Buffer.from(rest) : Buffer.from(rest.subarray(-1));
  }

  #read(text: string): void {
    try {
      const id: unknown = JSON.parse(text);
      if (typeof id === 'string' || typeof id === 'number') this.#onPosted(id);
    } catch {
      // A comment of somebody else.
    }
  }
}
