import { BAD_REQUEST, INTERNAL_ERROR } from '../../mcp/errors.ts';
import type { JsonRpcErrorObject } from '../../mcp/jsonrpc.ts';
import type { ErrorFacts } from '../errors.ts';
import { type Fields, fill } from '../node-error.ts';

/** How the message of a request begins that surely did not reach its server; the reason follows. */
export const NOT_DELIVERED = 'The request was not delivered: ';

/** Every error that arises between this node and an MCP server. */
export const SERVER_ERRORS = {
  MCPHUB_SERVER_UNAVAILABLE: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message: "Server '{server}' is not available: {reason}",
    remedy: 'Correct the entry of the server in mcpServers as the reason says; it is tried again by itself.',
  },
  MCPHUB_SERVER_LOST: {
    status: 502,
    rpc: INTERNAL_ERROR,
    message: '{reason}; the call may or may not have run',
    remedy: 'Check whether the call had its effect before sending it again. The server is restarted by itself.',
  },
  MCPHUB_SERVER_NOT_REACHED: {
    status: 502,
    rpc: INTERNAL_ERROR,
    message: `${NOT_DELIVERED}{reason}`,
    remedy: 'Send it again when the server is reachable.',
  },
  MCPHUB_SERVER_TIMEOUT: {
    status: 504,
    rpc: INTERNAL_ERROR,
    message: "Server '{server}' did not answer {method} within {seconds} s; the call was cancelled",
    remedy: 'Raise mcpServers.<name>.options.timeout (milliseconds), or let the server report progress.',
  },
  MCPHUB_SERVER_CANCELLED: {
    status: 499,
    rpc: BAD_REQUEST,
    message: 'The request was cancelled',
    remedy: 'Send it again if the answer is still wanted.',
  },
  MCPHUB_SERVER_BAD_ANSWER: {
    status: 502,
    rpc: INTERNAL_ERROR,
    message: "Server '{server}' sent an answer that is {problem}",
    remedy: 'Report it to the author of the server; answers are JSON-RPC 2.0 responses with a result object.',
  },
  MCPHUB_SERVER_NO_ANSWER: {
    status: 502,
    rpc: INTERNAL_ERROR,
    message: '{reason}',
    remedy: 'Check the remote server and the url and headers of its entry in mcpServers.',
  },
} as const satisfies Record<string, ErrorFacts>;

export type ServerErrorCode = keyof typeof SERVER_ERRORS;

/** The JSON-RPC error object of a table entry, with the stable code and what would be right under `data`. */
export function serverError(code: ServerErrorCode, fields: Fields = {}): JsonRpcErrorObject {
  const { rpc, message, remedy } = SERVER_ERRORS[code];
  return { code: rpc, message: fill(message, fields), data: { code, remedy } };
}

/** A server has no connection now; the message says which, why and what to do. */
export class ServerUnavailableError extends Error {
  readonly code = 'MCPHUB_SERVER_UNAVAILABLE';
  readonly server: string;
  /** Milliseconds until the next attempt by itself, when one is planned. */
  readonly retryIn: number | undefined;

  constructor(server: string, reason: string, retryIn?: number) {
    const next = retryIn === undefined ? '' : `; next attempt in ${Math.max(1, Math.round(retryIn / 1000))} s`;
    super(fill(SERVER_ERRORS.MCPHUB_SERVER_UNAVAILABLE.message, { server, reason: `${reason}${next}` }));
    this.server = server;
    this.retryIn = retryIn;
  }

  get status(): number {
    return SERVER_ERRORS[this.code].status;
  }

  /** Seconds; see {@link ErrorFacts}. */
  get retryAfter(): number | undefined {
    return this.retryIn === undefined ? undefined : Math.max(1, Math.round(this.retryIn / 1000));
  }

  get rpcError(): JsonRpcErrorObject {
    const { rpc, remedy } = SERVER_ERRORS[this.code];
    return { code: rpc, message: this.message, data: { code: this.code, remedy } };
  }
}

/** The text of anything thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
