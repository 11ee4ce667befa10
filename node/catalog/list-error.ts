import type { JsonRpcErrorObject } from '../../mcp/jsonrpc.ts';

/** A server answered the request for one of its lists with an error, which its own route passes on as it is. */
export class ListError extends Error {
  readonly rpcError: JsonRpcErrorObject;

  constructor(method: string, error: JsonRpcErrorObject) {
    super(`${method} failed: ${error.message}`);
    this.rpcError = error;
  }
}
