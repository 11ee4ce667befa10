import type { ServerResponse } from 'node:http';
import { failure, type RequestId } from '../mcp/jsonrpc.ts';
import { knownError } from './rpc-error.ts';

/** Answers a whole HTTP request with an error, as JSON-RPC with the request's id where it is known. */
export function refuse(response: ServerResponse, error: unknown, id: RequestId | null = null): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = knownError(error);
  const { code, message, data } = known.rpcError;
  // The rest of a body that was refused unread must not be taken for the next request.
  const close = known.code === 'MCPHUB_BODY_TOO_LARGE' ? { connection: 'close' } : {};
  respondJson(response, known.status, failure(id, code, message, data), close);
}

export function respondJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
