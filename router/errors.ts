import * as codes from '../mcp/errors.ts';

/** One refusal of the coordinator: its stable code, how it shows in HTTP and in JSON-RPC, and what it says. */
export interface RouterErrorSpec {
  status: number;
  rpcCode: number;
  /** `{name}` stands for a detail. */
  message: string;
}

/** Every error that the coordinator answers by itself. `docs/errors.md` documents them. */
export const ROUTER_ERRORS = {
  MCPHUB_HOST_REFUSED: {
    status: 403,
    rpcCode: codes.BAD_REQUEST,
    message: 'Host "{host}" is not served here; add it to systemConfig.routing.allowedHosts',
  },
  MCPHUB_ORIGIN_REFUSED: {
    status: 403,
    rpcCode: codes.BAD_REQUEST,
    message: 'Origin "{origin}" is not allowed; add it to systemConfig.routing.allowedOrigins',
  },
  MCPHUB_DUPLICATE_HEADER: {
    status: 400,
    rpcCode: codes.BAD_REQUEST,
    message: 'Bad Request: header {header} must occur once',
  },
  MCPHUB_BAD_SESSION_ID: {
    status: 400,
    rpcCode: codes.BAD_REQUEST,
    message: 'Bad Request: Mcp-Session-Id must be 1 to 512 visible ASCII characters',
  },
  MCPHUB_BAD_STATE_ID: {
    status: 400,
    rpcCode: codes.BAD_REQUEST,
    message: 'Bad Request: X-MCPHub-State-Id must be 1 to 128 visible ASCII characters, such as a UUID',
  },
  MCPHUB_BAD_PATH: {
    status: 400,
    rpcCode: codes.BAD_REQUEST,
    message: 'Bad Request: the path has an invalid percent-encoding',
  },
  MCPHUB_MISSING_SESSION_ID: {
    status: 400,
    rpcCode: codes.BAD_REQUEST,
    message: 'Bad Request: Missing sessionId parameter',
  },
  MCPHUB_METHOD_NOT_ALLOWED: {
    status: 405,
    rpcCode: codes.BAD_REQUEST,
    message: 'Method {method} is not allowed here; allowed: {allowed}',
  },
  MCPHUB_BODY_TOO_LARGE: {
    status: 413,
    rpcCode: codes.BAD_REQUEST,
    message: 'Request body is larger than {limit} bytes (systemConfig.cluster.limits.requestBytes)',
  },
  MCPHUB_TARGET_FORBIDDEN: {
    status: 403,
    rpcCode: codes.BAD_REQUEST,
    message: 'This key does not open {target}; it opens: {targets}',
  },
  MCPHUB_UNKNOWN_TARGET: {
    status: 404,
    rpcCode: codes.INVALID_PARAMS,
    message: 'No server or group is called "{target}"; there are: {targets}',
  },
  MCPHUB_SESSION_NOT_FOUND: {
    status: 404,
    rpcCode: codes.SESSION_NOT_FOUND,
    message: 'Session not found',
  },
  MCPHUB_NO_NODE: {
    status: 503,
    rpcCode: codes.INTERNAL_ERROR,
    message: 'No node can serve {target} now: {reason}',
  },
  MCPHUB_NODE_UNREACHABLE: {
    status: 503,
    rpcCode: codes.INTERNAL_ERROR,
    message: 'Node {node} of this session cannot be reached ({reason}); nothing was sent, so try again',
  },
  MCPHUB_NODE_LOST: {
    status: 502,
    rpcCode: codes.INTERNAL_ERROR,
    message: 'Node {node} was lost during the request ({reason}); it may or may not have been executed',
  },
  MCPHUB_PRINCIPAL_SESSIONS: {
    status: 429,
    rpcCode: codes.INTERNAL_ERROR,
    message:
      'This key has {limit} sessions in use, which is all it may have (systemConfig.cluster.limits.sessionsPerPrincipal); ' +
      'end one with DELETE or close its stream, or try again later',
  },
  MCPHUB_CUT_OFF: {
    status: 503,
    rpcCode: codes.INTERNAL_ERROR,
    message: 'This coordinator stopped before the answer came; the request may or may not have been executed',
  },
  MCPHUB_INTERNAL: {
    status: 500,
    rpcCode: codes.INTERNAL_ERROR,
    message: 'Internal error of the coordinator; its log says more. The request may or may not have been executed',
  },
  MCPHUB_STOPPING: {
    status: 503,
    rpcCode: codes.INTERNAL_ERROR,
    message: 'This coordinator is shutting down; try again',
  },
} as const satisfies Record<string, RouterErrorSpec>;

export type RouterErrorCode = keyof typeof ROUTER_ERRORS;

/** A refusal with its details filled in, ready to be written. */
export interface RouterError extends RouterErrorSpec {
  code: RouterErrorCode;
  /** For `error.data`; `retryAfter` in it, in seconds, is told as `Retry-After`. */
  data?: Record<string, unknown> | undefined;
}

/**
 * Fills in a row of the table.
 * @param details values for the `{name}` parts of the message
 * @param data for `error.data`, beside the code itself
 */
export function routerError(
  code: RouterErrorCode,
  details: Record<string, string | number> = {},
  data?: Record<string, unknown>,
): RouterError {
  const { status, rpcCode, message } = ROUTER_ERRORS[code];
  return {
    code,
    status,
    rpcCode,
    message: message.replace(/\{(\w+)\}/g, (whole, name) => String(details[name] ?? whole)),
    data,
  };
}
