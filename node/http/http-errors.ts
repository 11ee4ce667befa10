import { NOT_STARTED } from '../../mcp/headers.ts';
import { failure, isRequest, type RequestId } from '../../mcp/jsonrpc.ts';
import { knownError } from '../rpc-error.ts';
import { dropBody } from './body.ts';
import type { HubResponse } from './carried.ts';
import type { Body } from './messages.ts';

/** Answers a whole HTTP request with an error, as JSON-RPC with the request's id where it is known. */
export function refuse(response: HubResponse, error: unknown, id: RequestId | null = null): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = knownError(error);
  const { code, message, data } = known.rpcError;
  const body = failure(id, code, message, data);
  if (known.code === 'MCPHUB_BODY_TOO_LARGE') refuseBody(response, known.status, body);
  else respondJson(response, known.status, body, headersOf(known));
}

/** The same for a body of messages: an error for each of its requests, or one without id when it has none. */
export function refuseRequests(response: HubResponse, error: unknown, { messages, batch }: Body): void {
  const ids = messages.filter(isRequest).map(({ id }) => id);
  if (!batch || ids.length < 2 || response.headersSent) return refuse(response, error, ids[0] ?? null);
  const known = knownError(error);
  const { code, message, data } = known.rpcError;
  const answers = ids.map((id) => failure(id, code, message, data));
  respondJson(response, known.status, answers, headersOf(known));
}

/** Why the request was not begun, for the coordinator, which may send it to another node; see NOT_STARTED. */
const NOT_STARTED_REASONS: Readonly<Record<string, string>> = {
  MCPHUB_DRAINING: 'draining',
  MCPHUB_SESSION_LIMIT: 'limit',
  MCPHUB_SHARE_LIMIT: 'limit',
  MCPHUB_LISTENER_LIMIT: 'limit',
  MCPHUB_NO_STREAM: 'no-stream',
  MCPHUB_NOT_HELD: 'not-held',
};

function headersOf({ code, retryAfter }: ReturnType<typeof knownError>): Record<string, string> {
  const reason = NOT_STARTED_REASONS[code];
  return {
    ...(reason === undefined ? {} : { [NOT_STARTED]: reason }),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
}

/** The answer is whole before the response ends. The rest of the body must not be taken for the next request. */
function refuseBody(response: HubResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { connection: 'close', 'content-type': 'application/json', 'content-length': length });
  response.write(text);
  void dropBody(response.req).then(() => response.end());
}

export function respondJson(
  response: HubResponse,
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
