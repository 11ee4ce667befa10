/** HTTP header names of MCP transports and of the cluster, in the lower case in which Node delivers them. */
export const SESSION_ID = 'mcp-session-id';
export const PROTOCOL_VERSION = 'mcp-protocol-version';
export const LAST_EVENT_ID = 'last-event-id';
/** Method and name of a modern request, repeated for intermediaries (2026-07-28, basic/transports/streamable-http). */
export const MCP_METHOD = 'mcp-method';
export const MCP_NAME = 'mcp-name';
/** Ties modern requests that have it in common to one process of a server with a process for each client. */
export const STATE_ID = 'x-mcphub-state-id';
/** Stands for the client's roots: a process of its own is told that they have changed when this is another one than before. */
export const ROOTS = 'x-mcphub-roots';
/** Secret shared by the members of a cluster; on the hops between them only, in both directions. */
export const CLUSTER_TOKEN = 'x-mcphub-cluster-token';
/** From coordinator to node: what the coordinator has checked of a session; see `cluster/session-note.ts`. */
export const SESSION_NOTE = 'x-mcphub-session';
/** With SESSION_NOTE: another node may hold the session that the coordinator has not heard of yet, so it must not be re-created now. */
export const ONLY_IF_HELD = 'x-mcphub-only-if-held';
/** From one node to another by way of a coordinator: the tag of the node that asks. It only restricts: the other one asks no third. */
export const PEER = 'x-mcphub-peer';
/** With PEER: the tag of the node that is asked, and no other. */
export const TO = 'x-mcphub-to';
/** What stands for the principal of a modern request, on the hops between members of the cluster. */
export const PRINCIPAL = 'x-mcphub-principal';
/** The client's own `Authorization`, for servers whose settings pass it on; on the hops between members only. */
export const CLIENT_AUTHORIZATION = 'x-mcphub-authorization';
/** From node to coordinator, with 503: nothing was started, and another node may do it. */
export const NOT_STARTED = 'x-mcphub-not-started';
/** Headers between members of a cluster; a client's own are dropped, but for PEER and TO, and a client gets none. */
export const INTERNAL_HEADERS: readonly string[] = [
  CLUSTER_TOKEN,
  SESSION_NOTE,
  ONLY_IF_HELD,
  PEER,
  TO,
  PRINCIPAL,
  CLIENT_AUTHORIZATION,
  NOT_STARTED,
];

/** Headers that end at each hop (RFC 9110, section 7.6.1), never forwarded in either direction. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that make every hop between a server and a client pass an event stream through at once. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;
