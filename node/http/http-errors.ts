import type { ServerResponse } from 'node:http';
import { failure, type RequestId } from '../../mcp/jsonrpc.ts';
import { knownError } from '../rpc-error.ts';
import { dropBody } from './body.ts';

/** Answers a whole HTTP request with an error, as JSON-RPC with the request's id where it is known. */
export function refuse(response: ServerResponse, error: unknown, id: RequestId | null = null): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = knownError(error);
  const { code, message, data } = known.rpcError;
  const body = failure(id, code, message, data);
  if (known.code === 'MCPHUB_BODY_TOO_LARGE') refuseBody(response, known.status, body);
  else respondJson(response, known.status, body);
}

/** The answer is whole before the response ends. The rest of the body must not be taken for the next request. */
function refuseBody(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { connection: 'close', 'content-type': 'application/json', 'content-length': length });
  response.write(text);
  void dropBody(response.req).then(() => response.end());
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
