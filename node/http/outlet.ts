import type { JsonRpcMessage, JsonRpcResponse, RequestId } from '../../mcp/jsonrpc.ts';

/** A response whose result is JSON in UTF-8 already, so that large lists are not written out anew for every client. */
export interface PreparedResponse {
  readonly id: RequestId;
  readonly prepared: Buffer;
}

export type Answer = JsonRpcResponse | PreparedResponse;

export function answerText(answer: Answer): string {
  return 'prepared' in answer ? `${beforeResult(answer)}${answer.prepared}}` : JSON.stringify(answer);
}

/** The text in front of a prepared result; a closing brace follows it. */
export function beforeResult({ id }: PreparedResponse): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`;
}

/** A way to the client that carries whatever belongs to one session or request. */
export interface Outlet {
  /** False once the client's side is closed. */
  readonly open: boolean;
  /** Sends a notification or a request of a server. */
  push(message: JsonRpcMessage): void;
}
