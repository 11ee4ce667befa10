import { createSseReader, encodeEvent } from '../../mcp/sse.ts';
import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * Rewrites the first event of an HTTP+SSE stream (2024-11-05, basic/transports), which tells the client where to post.
 * All later bytes pass untouched.
 */
export interface EndpointRewriter {
  /** True once the first event has been dealt with. */
  readonly done: boolean;
  /** @returns the bytes to send on; nothing while the event is not complete */
  push(chunk: Buffer): Buffer | undefined;
  /** @returns what was held back, when the stream ends before the first event does */
  flush(): Buffer | undefined;
}

/** No endpoint event is longer than this; what is longer passes unchanged. */
const MAX_EVENT = 8 * 1024;

/**
 * Makes a rewriter.
 * @param endpointOf makes the client's address from the node's session id; undefined leaves the event out
 */
export function createEndpointRewriter(endpointOf: (inner: string) => string | undefined): EndpointRewriter {
  let held: Buffer = Buffer.alloc(0);
  const rewriter = {
    done: false,
    push(chunk: Buffer): Buffer | undefined {
      if (rewriter.done) return chunk;
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = endOfFirstEvent(held);
      if (end < 0 && held.length <= MAX_EVENT) return undefined;
      rewriter.done = true;
      const all = held;
      held = Buffer.alloc(0);
      const endpoint = end < 0 ? undefined : rewritten(all.subarray(0, end).toString(), endpointOf);
      if (endpoint === undefined) return all;
      return Buffer.concat([Buffer.from(endpoint), all.subarray(end)]);
    },
    flush(): Buffer | undefined {
      rewriter.done = true;
      return held.length === 0 ? undefined : held;
    },
  };
  return rewriter;
}

/** Index after the blank line that ends the first event, or -1. Comments before it count as part of it. */
function endOfFirstEvent(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  const blank = /(?:\r\n|\n|\r(?!\n|$))(?:\r\n|\n|\r(?!\n|$))/g;
  let from = 0;
  for (let found = blank.exec(text); found !== null; found = blank.exec(text)) {
    if (/^(?:event|data) *:/m.test(text.slice(from, found.index))) return blank.lastIndex;
    from = blank.lastIndex;
  }
  return -1;
}

function rewritten(text: string, endpointOf: (inner: string) => string | undefined): string | undefined {
  let result: string | undefined;
  const reader = createSseReader(({ event, data }) => {
    if (event !== 'endpoint') return;
    const inner = sessionIdOf(data);
    if (inner === undefined) return;
    const endpoint = endpointOf(inner);
    // Clients wait three seconds before they open a stream again, unless they are told otherwise.
    result = endpoint === undefined ? '' : `retry: ${ROUTER_DEFAULTS.sseRetry}\n${encodeEvent(endpoint, 'endpoint')}`;
  });
  // A final line end that is a bare \r would wait for more text.
  reader.push(`${text}\n`);
  return result;
}

function sessionIdOf(endpoint: string): string | undefined {
  const mark = endpoint.indexOf('?');
  if (mark < 0) return undefined;
  return new URLSearchParams(endpoint.slice(mark)).get('sessionId') ?? undefined;
}
