import { failure, type JsonRpcErrorObject, type JsonRpcFailure, type RequestId } from '../mcp/jsonrpc.ts';
import { type ErrorFacts, NODE_ERRORS, type NodeErrorCode } from './errors.ts';

export type Fields = Record<string, string | number>;

/** An error of the table with its fields filled in. */
export class NodeError extends Error {
  readonly code: NodeErrorCode;
  readonly #remedy: string;
  readonly #data: Record<string, unknown>;

  /** @param data beside the code and what would be right; `retryAfter` in it, in seconds, counts in place of that of the table */
  constructor(code: NodeErrorCode, fields: Fields = {}, data: Record<string, unknown> = {}) {
    const { message, remedy } = NODE_ERRORS[code];
    super(fill(message, fields));
    this.code = code;
    this.#remedy = fill(remedy, fields);
    this.#data = data;
  }

  get status(): number {
    return NODE_ERRORS[this.code].status;
  }

  get retryAfter(): number | undefined {
    const { retryAfter } = this.#data;
    return typeof retryAfter === 'number' ? retryAfter : (NODE_ERRORS[this.code] as ErrorFacts).retryAfter;
  }

  /** The JSON-RPC error object, with the stable code and what would be right under `data`. */
  get rpcError(): JsonRpcErrorObject {
    const { retryAfter } = this;
    return {
      code: NODE_ERRORS[this.code].rpc,
      message: this.message,
      data: {
        ...this.#data,
        code: this.code,
        remedy: this.#remedy,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
    };
  }

  response(id: RequestId | null): JsonRpcFailure {
    const { code, message, data } = this.rpcError;
    return failure(id, code, message, data);
  }
}

/** Puts fields in the place of their names in braces. */
export function fill(template: string, fields: Fields): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(fields[name] ?? ''));
}
