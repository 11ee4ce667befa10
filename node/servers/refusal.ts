import {
  INTERNAL_ERROR,
  METHOD_NOT_FOUND,
  PARSE_ERROR,
  RESOURCE_NOT_FOUND,
  SESSION_NOT_FOUND,
} from '../../mcp/errors.ts';
import { parseMessage } from '../../mcp/json.ts';
import { isFailure, isResponse, isSameId, type JsonRpcFailure, type RequestId } from '../../mcp/jsonrpc.ts';
import { plainNumber } from '../../mcp/numbers.ts';

/** How a remote server turned a message down: the status of HTTP, and the JSON-RPC error in the body if there was one. */
export interface Refusal {
  status: number;
  /** Of the JSON-RPC error. */
  code?: number;
  message?: string;
  /** The JSON-RPC error has the id of the request, so it may be about that request alone. */
  answers?: boolean;
}

/**
 * What a refusal says of the session: it is `known`; it is `gone`, though that was not why the request failed; or the request was refused
 * because the session is `unknown` to the server, so that the request did not run.
 */
export type Verdict = 'known' | 'gone' | 'unknown';

/** @param id of the request that was turned down */
export function readRefusal(status: number, body: string, id: RequestId | undefined): Refusal {
  const said = failureIn(body);
  if (said === undefined) return { status };
  const { code, message } = said.error;
  return { status, code: plainNumber(code) as number, message, answers: id !== undefined && isSameId(id, said.id) };
}

/** The JSON-RPC error that a text is, if it is one. */
export function failureIn(text: string): JsonRpcFailure | undefined {
  let value: unknown;
  try {
    value = parseMessage(text);
  } catch {
    return undefined;
  }
  return isResponse(value) && isFailure(value) ? value : undefined;
}

/** Whether a refusal is the one that the specification has for this (2025-11-25, basic/transports, "Session Management"). */
export function isSessionNotFound({ status, answers, code }: Refusal): boolean {
  return status === 404 && (answers !== true || code === SESSION_NOT_FOUND);
}

/** Codes with which servers say something of a request, never of its session. */
const OF_REQUESTS = new Set([METHOD_NOT_FOUND, PARSE_ERROR, RESOURCE_NOT_FOUND]);

/** Whether a refusal can be that of a session. Servers have all kinds of words for that, so a `ping` must tell. */
export function mayBeOfSession({ status, code }: Refusal): boolean {
  return status !== 413 && saysSomething(status) && (code === undefined || !OF_REQUESTS.has(code));
}

/** Whether `initialize` was refused by something that takes no such message there, as opposed to a server that does not want to. */
export function isOfTransport({ status, answers }: Refusal): boolean {
  return answers !== true && ![401, 403, 407].includes(status) && saysSomething(status);
}

/** Overload and gateways without a server say nothing of sessions. */
function saysSomething(status: number): boolean {
  return ![408, 425, 429].includes(status) && status < 502;
}

/** Whether a `ping` was refused for want of a session: no server that knows the session has another reason. */
export function disownsSession({ status, code }: Refusal): boolean {
  return code !== METHOD_NOT_FOUND && saysSomething(status);
}

/**
 * Compares how a request was refused and how a `ping` fared after it.
 * @param ping undefined when it was answered, or cannot tell
 */
export function judge(request: Refusal, ping: Refusal | undefined): Verdict {
  if (ping === undefined || !disownsSession(ping)) return 'known';
  return isRefusedAlike(request, ping) ? 'unknown' : 'gone';
}

/** Before anything ran: with a status of the client's fault, or with one and the same JSON-RPC error. */
function isRefusedAlike(request: Refusal, ping: Refusal): boolean {
  if (request.status !== ping.status || request.code !== ping.code || request.status >= 500) return false;
  if (request.status >= 300) return true;
  return request.code !== undefined && request.code !== INTERNAL_ERROR && request.message === ping.message;
}
