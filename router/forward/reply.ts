import type { ServerResponse } from 'node:http';
import { failure, type JsonRpcFailure, type RequestId } from '../../mcp/jsonrpc.ts';
import { encodeEvent } from '../../mcp/sse.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import { type RouterError, routerError } from '../errors.ts';

/** The JSON-RPC side of a refusal: one error for each id, or one without id when there is none. */
export function errorMessages(error: RouterError, ids: readonly RequestId[]): JsonRpcFailure[] {
  const data = { ...error.data, code: error.code };
  const targets: readonly (RequestId | null)[] = ids.length === 0 ? [null] : ids;
  return targets.map((id) => failure(id, error.rpcCode, error.message, data));
}

/**
 * Answers a request with a refusal of the coordinator, as JSON-RPC, so that clients fail the right call at once.
 * @param ids of the requests in the body, as far as it was read
 * @param extra further header names and values in turn
 */
export function sendError(
  res: ServerResponse,
  error: RouterError,
  ids: readonly RequestId[] = [],
  extra: readonly string[] = [],
): void {
  const messages = errorMessages(error, ids);
  const body = JSON.stringify(messages.length === 1 ? messages[0] : messages);
  const headers = ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)), ...extra];
  if (typeof error.data?.allowed === 'string') headers.push('allow', error.data.allowed);
  if (error.status === 503 || error.status === 429) {
    headers.push('retry-after', String(error.data?.retryAfter ?? ROUTER_DEFAULTS.retryAfter));
  }
  res.writeHead(error.status, headers).end(body);
}

/** Answers a request that a defect of ours has ended, or breaks its answer off. */
export function refuseFault(res: ServerResponse, ids: readonly RequestId[] = []): void {
  if (res.headersSent || res.destroyed) res.destroy();
  else sendError(res, routerError('MCPHUB_INTERNAL'), ids);
}

/** Answers with a plain text or JSON body. */
export function send(
  res: ServerResponse,
  status: number,
  type: string,
  body: string,
  extra: readonly string[] = [],
): void {
  res.writeHead(status, ['content-type', type, 'content-length', String(Buffer.byteLength(body)), ...extra]).end(body);
}

/**
 * Puts an error for each pending request at the end of an open event stream, so that no client waits for its own timeout.
 * @param atBoundary false when the stream broke off within an event
 */
export function endWithErrors(
  res: ServerResponse,
  atBoundary: boolean,
  error: RouterError,
  ids: readonly RequestId[],
): void {
  if (!atBoundary) res.write('\n\n');
  if (ids.length === 0) return;
  for (const message of errorMessages(error, ids)) res.write(encodeEvent(JSON.stringify(message)));
}
