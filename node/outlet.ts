import type { JsonRpcMessage, JsonRpcResponse } from '../mcp/jsonrpc.ts';

/** A response whose result is already JSON text, so that large lists are not written out for every client anew. */
export interface PreparedResponse {
  readonly json: string;
}

export type Answer = JsonRpcResponse | PreparedResponse;

export function answerText(answer: Answer): string {
  return 'json' in answer ? answer.json : JSON.stringify(answer);
}

/** A way to the client that carries whatever belongs to one session or request. */
export interface Outlet {
  /** False once the client's side is closed. */
  readonly open: boolean;
  /** Sends a notification or a request of a server. */
  push(message: JsonRpcMessage): void;
}
