import type { ServerResponse } from 'node:http';
import { type RequestId, result } from '../../mcp/jsonrpc.ts';
import { META } from '../../mcp/modern.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import { type RouterError, routerError } from '../errors.ts';
import type { Attempt } from './forward.ts';
import { endWithErrors } from './reply.ts';

/**
 * What a client is told whose node was lost under its request.
 * @param retryable whether sending the request again does no harm
 */
export function lossOf({ node: { id } }: Attempt, error: Error, retryable: boolean): RouterError {
  return routerError('MCPHUB_NODE_LOST', { node: id, reason: error.message }, { retryable, node: id });
}

/**
 * Ends a response so that no client waits for its own timeout: with an error for every pending id, on the stream if one is
 * open, else as the answer.
 */
export function endUnanswered(attempt: Attempt, error: RouterError, ids: readonly RequestId[]): void {
  const { exchange, res } = attempt;
  if (!attempt.answered) {
    // Clients read a JSON-RPC error only from an answer with status 200; of others they keep the status. The answer to a POST of
    // HTTP+SSE they do not read at all.
    const isRead = ids.length > 0 && exchange.route.kind === 'mcp';
    return exchange.refuse(isRead ? { ...error, status: 200 } : error);
  }
  if (!attempt.eventStream) return void res.destroy();
  endWithErrors(res, attempt.atBoundary, error, ids);
  res.end();
}

/**
 * Ends an open stream in order, so that its client opens another one. That of `subscriptions/listen` ends with its result
 * (2026-07-28, basic/patterns/subscriptions, "Graceful Closure").
 * @param atBoundary false when the stream was cut within an event
 * @param ids of the requests that it answers; of a GET there are none
 */
export function endListening(res: ServerResponse, atBoundary: boolean, ids: readonly RequestId[]): void {
  if (res.writableEnded) return;
  if (!atBoundary && ids.length > 0) res.write('\n\n');
  for (const id of ids) {
    const over = result(id, { resultType: 'complete', _meta: { [META.subscriptionId]: id } });
    res.write(encodeEvent(JSON.stringify(over)));
  }
  res.end();
}
