import { parseMessage } from '../../mcp/json.ts';
import { isId, type RequestId } from '../../mcp/jsonrpc.ts';
import { ANSWERED_COMMENT, POSTED_COMMENT } from '../../mcp/sse.ts';

/** Longest comment that is looked for, in bytes; ids are shorter. */
const MAX_COMMENT = 400;

export interface PostedHandlers {
  onPosted(id: RequestId): void;
  onAnswered(id: RequestId): void;
}

/**
 * Finds in an HTTP+SSE stream the comments by which a node tells which requests wait for an answer on it, perhaps posted by way
 * of another coordinator. Only the coordinator that carries the stream can answer them when the node is lost.
 */
export class PostedComments {
  readonly #handlers: PostedHandlers;
  /** The last unfinished line, as far as it may be such a comment. */
  #rest = '';
  /** The rest of the present line is of no interest. */
  #skipping = false;

  constructor(handlers: PostedHandlers) {
    this.#handlers = handlers;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      if (!this.#skipping) this.#line(chunk, from, end);
      this.#skipping = false;
      this.#rest = '';
      from = end + 1;
    }
    if (this.#skipping || from === chunk.length) return;
    const begun = this.#rest + chunk.toString('latin1', from, Math.min(chunk.length, from + MAX_COMMENT));
    this.#skipping = begun[0] !== ':' || begun.length >= MAX_COMMENT;
    this.#rest = this.#skipping ? '' : begun;
  }

  #line(chunk: Buffer, from: number, end: number): void {
    if (this.#rest === '' && chunk[from] !== 0x3a) return;
    if (this.#rest.length + end - from > MAX_COMMENT) return;
    const line = this.#rest + chunk.toString('latin1', from, end);
    const posted = idAfter(POSTED_COMMENT, line);
    const answered = idAfter(ANSWERED_COMMENT, line);
    if (posted !== undefined) this.#handlers.onPosted(posted);
    else if (answered !== undefined) this.#handlers.onAnswered(answered);
  }
}

/** @returns undefined for a line that does not begin so, and for comments of somebody else that do */
function idAfter(mark: string, line: string): RequestId | undefined {
  if (!line.startsWith(mark)) return undefined;
  try {
    const id = parseMessage(Buffer.from(line.slice(mark.length), 'latin1'));
    return isId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
