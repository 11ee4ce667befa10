/**
 * JSON-RPC error codes: those of JSON-RPC 2.0, those of MCP, and the HTTP-level ones that MCP SDKs agreed on.
 * A gateway's own codes stay outside -32768..-32000 (JSON-RPC 2.0, section 5.1).
 */
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
/** A transport-level refusal that has no code of its own: missing session id, unsupported revision, bad header. */
export const BAD_REQUEST = -32000;
/** The session is unknown, expired, deleted or belongs to another principal. */
export const SESSION_NOT_FOUND = -32001;
/** 2026-07-28: headers and body of a request disagree, or a header is missing. */
export const HEADER_MISMATCH = -32020;
/** 2026-07-28: the request needs a capability that its client did not declare. */
export const CAPABILITY_MISSING = -32021;
/** 2026-07-28: the revision is not served; `data.supported` names those that are. */
export const REVISION_UNSUPPORTED = -32022;
/** Legacy revisions only: the resource does not exist (specification 2025-11-25, server/resources, "Error Handling"). */
export const RESOURCE_NOT_FOUND = -32002;
