import {
  BAD_REQUEST,
  HEADER_MISMATCH,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  INVALID_REQUEST,
  PARSE_ERROR,
  REVISION_UNSUPPORTED,
  SESSION_NOT_FOUND,
} from '../mcp/errors.ts';
import { CONFIG } from './config.ts';

export interface ErrorFacts {
  /** HTTP status when the error answers a whole HTTP request. */
  status: number;
  /** JSON-RPC error code. */
  rpc: number;
  /** What was wrong and where; `{name}` stands for a field of the error. */
  message: string;
  /** What would be right. */
  remedy: string;
  /** Seconds after which it may be otherwise; told as `Retry-After` and `data.retryAfter`. */
  retryAfter?: number;
}

/** Every error that a node answers with. */
export const NODE_ERRORS = {
  MCPHUB_HOST_REFUSED: {
    status: 403,
    rpc: BAD_REQUEST,
    message: 'Host "{host}" is not served here; add it to systemConfig.routing.allowedHosts',
    remedy: 'Connect to a coordinator, or add the name to systemConfig.routing.allowedHosts of the node.',
  },
  MCPHUB_ORIGIN_REFUSED: {
    status: 403,
    rpc: BAD_REQUEST,
    message: 'Origin "{origin}" is not allowed; add it to systemConfig.routing.allowedOrigins',
    remedy:
      "Connect to a coordinator, or add the web page's origin to systemConfig.routing.allowedOrigins of the node.",
  },
  MCPHUB_BAD_JSON: {
    status: 400,
    rpc: PARSE_ERROR,
    message: 'Parse error: the body is not valid JSON ({reason})',
    remedy: 'Send one JSON-RPC 2.0 message in UTF-8.',
  },
  MCPHUB_JSON_BOUNDS: {
    status: 400,
    rpc: INVALID_REQUEST,
    message: 'Invalid Request: the body is JSON with {reason}',
    remedy:
      'Send less in one message, or raise systemConfig.cluster.limits.requestValues. The number of levels is fixed.',
  },
  MCPHUB_BAD_MESSAGE: {
    status: 400,
    rpc: INVALID_REQUEST,
    message: 'Invalid Request: the body is not a JSON-RPC 2.0 message: {reason}',
    remedy: 'Send "jsonrpc":"2.0" with a "method", or a response with "result" or "error".',
  },
  MCPHUB_BAD_BATCH: {
    status: 400,
    rpc: INVALID_REQUEST,
    message: 'Invalid Request: {reason}',
    remedy: 'Batches exist in revision 2025-03-26 only, are not empty and do not contain initialize.',
  },
  MCPHUB_BAD_CONTENT_TYPE: {
    status: 415,
    rpc: BAD_REQUEST,
    message: "Unsupported Media Type: Content-Type is '{given}'",
    remedy: 'Send Content-Type: application/json.',
  },
  MCPHUB_NOT_ACCEPTABLE: {
    status: 406,
    rpc: BAD_REQUEST,
    message: 'Not Acceptable: the client must accept {wanted}',
    remedy: 'Send Accept: application/json, text/event-stream (POST) or text/event-stream (GET).',
  },
  MCPHUB_BODY_TOO_LARGE: {
    status: 413,
    rpc: BAD_REQUEST,
    message: 'Request body is larger than {limit} bytes (systemConfig.cluster.limits.requestBytes)',
    remedy: 'Send less in one message, or raise the limit.',
  },
  MCPHUB_UNSUPPORTED_REVISION: {
    status: 400,
    rpc: BAD_REQUEST,
    message: "Bad Request: Unsupported protocol version '{given}' (supported versions: {supported})",
    remedy: 'Use a supported MCP-Protocol-Version, or open a session with initialize.',
  },
  MCPHUB_HEADER_MISMATCH: {
    status: 400,
    rpc: HEADER_MISMATCH,
    message: 'Bad Request: headers and body disagree: {reason}',
    remedy: 'Repeat protocol version, method, name and declared arguments of the body in the headers.',
  },
  MCPHUB_ENVELOPE_INVALID: {
    status: 400,
    rpc: INVALID_PARAMS,
    message: 'Invalid params: {reason}',
    remedy: 'Every request of 2026-07-28 says protocol version and client capabilities in params._meta.',
  },
  MCPHUB_REVISION_UNSUPPORTED: {
    status: 400,
    rpc: REVISION_UNSUPPORTED,
    message: "Unsupported protocol version '{requested}'",
    remedy: 'Use one of data.supported, or open a session of an older revision with initialize.',
  },
  MCPHUB_NEEDS_SESSION: {
    status: 400,
    rpc: REVISION_UNSUPPORTED,
    message:
      'This target is not offered without a session: it has a server of an older revision with a process for each client ' +
      '(perSessionClient), and nothing says which requests are of one client; open one with initialize, or send ' +
      'X-MCPHub-State-Id, the same with all requests of a client',
    remedy:
      'Open a session of a revision in data.supported; or send X-MCPHub-State-Id, such as a UUID; or, if calls of the server are ' +
      'independent of each other, set its perSessionClient to "calls".',
  },
  MCPHUB_TASK_UNKNOWN: {
    status: 200,
    rpc: INVALID_PARAMS,
    message: "Unknown task: '{taskId}'",
    remedy: 'Use a task id as a result gave it. Tasks end with the process of their server.',
  },
  MCPHUB_HELD_CALL_GONE: {
    status: 200,
    rpc: INVALID_PARAMS,
    message: 'The call that waited for this input is gone',
    remedy: 'Begin the call again without requestState. A call waits for input for {minutes} minutes, on one node.',
  },
  MCPHUB_SESSION_MISSING: {
    status: 400,
    rpc: BAD_REQUEST,
    message: 'Bad Request: Mcp-Session-Id header is required',
    remedy: 'Open a session with initialize and send its Mcp-Session-Id with every request.',
  },
  MCPHUB_SESSION_NOT_FOUND: {
    status: 404,
    rpc: SESSION_NOT_FOUND,
    message: 'Session not found',
    remedy: 'Open a new session with initialize.',
  },
  MCPHUB_SESSION_LIMIT: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message: 'This node holds {limit} sessions, which is all it may hold, and all of them are in use',
    remedy: 'Add nodes, raise systemConfig.cluster.limits.sessionsPerNode, or try again after Retry-After.',
    retryAfter: CONFIG.retryWhileInUse,
  },
  MCPHUB_SHARE_LIMIT: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message:
      'This key, or without keys this client address, has {limit} {what} on this node, which is all it may have ' +
      '(systemConfig.cluster.limits.sharePerPrincipal)',
    remedy: 'End some of them, raise the limit or the share, add nodes, or try again after Retry-After.',
    retryAfter: CONFIG.retryWhileInUse,
  },
  MCPHUB_PROCESS_LIMIT: {
    status: 200,
    rpc: INTERNAL_ERROR,
    message:
      'This node runs {running} processes of servers and may run {limit} (systemConfig.cluster.limits.processesPerNode); ' +
      `no place became free within {seconds} s and the call was not begun; try again in ${CONFIG.retryAfter} s`,
    remedy: 'Add nodes, end sessions, raise systemConfig.cluster.limits.processesPerNode, or try again later.',
    retryAfter: CONFIG.retryAfter,
  },
  MCPHUB_PROCESS_SHARE: {
    status: 200,
    rpc: INTERNAL_ERROR,
    message:
      'This key, or without keys this client address, runs {limit} processes of servers on this node, which is all it may run ' +
      '(systemConfig.cluster.limits.sharePerPrincipal); none ended within {seconds} s and the call was not begun; ' +
      `try again in ${CONFIG.retryAfter} s`,
    remedy:
      'End sessions, raise processesPerNode or sharePerPrincipal in systemConfig.cluster.limits, or try again later.',
    retryAfter: CONFIG.retryAfter,
  },
  MCPHUB_CALL_LIMIT: {
    status: 429,
    rpc: INTERNAL_ERROR,
    message: '{pending} requests of the session wait for their answers; with {more} more they would be over {limit}',
    remedy: 'Wait for answers first, or raise systemConfig.cluster.limits.callsPerSession.',
    retryAfter: CONFIG.retryAfter,
  },
  MCPHUB_LISTENER_LIMIT: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message: 'This node has {limit} streams of subscriptions/listen open, which is all it may have',
    remedy: 'Add nodes, raise systemConfig.cluster.limits.listenersPerNode, or try again after Retry-After.',
    retryAfter: CONFIG.retryWhileInUse,
  },
  MCPHUB_NO_STREAM: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message: 'The HTTP+SSE session has no stream here; the request was not begun',
    remedy: 'Open the stream again with GET and post to the address that its endpoint event gives.',
  },
  MCPHUB_NOT_HELD: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message:
      'The session is not here and may be at a node that its coordinator has yet to hear of; the request was not begun',
    remedy: 'Send it again.',
    retryAfter: CONFIG.retryAfter,
  },
  MCPHUB_DRAINING: {
    status: 503,
    rpc: INTERNAL_ERROR,
    message: 'This node is shutting down and has not begun the request',
    remedy: 'Send it again; the coordinator brings it to another node.',
    retryAfter: CONFIG.retryAfter,
  },
  MCPHUB_CLUSTER_TOKEN_REQUIRED: {
    status: 401,
    rpc: BAD_REQUEST,
    message: 'This node takes requests from its coordinator only',
    remedy: "Connect to the coordinator's URL, or send the cluster token.",
  },
  MCPHUB_TARGET_UNKNOWN: {
    status: 404,
    rpc: INVALID_PARAMS,
    message: "Unknown target '{target}': this node has {targets}",
    remedy: 'Use /mcp for all servers, /mcp/<group> or /mcp/<server>.',
  },
  MCPHUB_BAD_PATH: {
    status: 400,
    rpc: BAD_REQUEST,
    message: "Bad Request: the path '{path}' is not valid percent-encoding",
    remedy: 'Encode the name of the group or server as a URL component.',
  },
  MCPHUB_ALREADY_INITIALIZED: {
    status: 400,
    rpc: INVALID_REQUEST,
    message: 'Invalid Request: the session is already initialized',
    remedy: 'Open another session without an Mcp-Session-Id header.',
  },
  MCPHUB_METHOD_UNKNOWN: {
    status: 200,
    rpc: -32601,
    message: 'Method not found: {method}',
    remedy: 'Use a method of a revision that the session negotiated.',
  },
  MCPHUB_PARAMS_INVALID: {
    status: 200,
    rpc: INVALID_PARAMS,
    message: 'Invalid params of {method}: {reason}',
    remedy: 'Correct the parameter that the message names.',
  },
  MCPHUB_NAME_UNKNOWN: {
    status: 200,
    rpc: INVALID_PARAMS,
    message: "Unknown {kind}: '{name}' ({hint})",
    remedy: 'Use a name as the list gives it.',
  },
  MCPHUB_DISABLED: {
    status: 200,
    rpc: INVALID_PARAMS,
    message: "The {kind} '{name}' is disabled",
    remedy: 'Enable it in the settings: mcpServers.<server>.{kind}s, or the tools of the group.',
  },
  MCPHUB_RESOURCE_NOT_FOUND: {
    status: 200,
    rpc: -32002,
    message: "Resource not found: '{uri}'",
    remedy: 'Use a URI as resources/list gives it, or one that a template describes.',
  },
  MCPHUB_INTERNAL: {
    status: 500,
    rpc: INTERNAL_ERROR,
    message: 'Internal error: {reason}',
    remedy: "Look at the node's log, and report it as a defect.",
  },
  MCPHUB_CLIENT_AWAY: {
    status: 200,
    rpc: INTERNAL_ERROR,
    message: 'The client did not answer {method} within {seconds} s',
    remedy: 'Keep the stream of the session open while calls run.',
  },
  MCPHUB_QUESTIONS: {
    status: 200,
    rpc: INTERNAL_ERROR,
    message: '{limit} questions of servers wait for the answer of this client, which is all that may wait',
    remedy: 'Ask again when the client has answered.',
  },
  MCPHUB_CLIENT_CAPABILITY: {
    status: 200,
    rpc: -32601,
    message: 'The client does not have the capability {capability}',
    remedy: 'Declare it in initialize, or do not ask for it.',
  },
  MCPHUB_CANCELLED: {
    status: 200,
    rpc: BAD_REQUEST,
    message: 'The request was cancelled',
    remedy: 'Send it again if the answer is still wanted.',
  },
} as const satisfies Record<string, ErrorFacts>;

export type NodeErrorCode = keyof typeof NODE_ERRORS;
