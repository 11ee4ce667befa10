import type { JsonRpcErrorObject } from '../mcp/jsonrpc.ts';
import { ListError } from './catalog/list-error.ts';
import { NodeError } from './node-error.ts';
import { ServerUnavailableError } from './servers/errors.ts';

/** Whatever was thrown, as an error of the tables; what no table knows is an internal error. */
export function knownError(error: unknown): NodeError | ServerUnavailableError {
  if (error instanceof NodeError || error instanceof ServerUnavailableError) return error;
  return new NodeError('MCPHUB_INTERNAL', { reason: error instanceof Error ? error.message : String(error) });
}

/** Whatever was thrown, as a JSON-RPC error object. */
export function rpcErrorOf(error: unknown): JsonRpcErrorObject {
  if (error instanceof ListError) return error.rpcError;
  return knownError(error).rpcError;
}
