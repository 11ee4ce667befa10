import { isRequest } from '../../mcp/jsonrpc.ts';
import { SIDE_EFFECT_FREE } from '../../mcp/methods.ts';
import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * How a node failed under a request: `refused`, nothing listens there; `unreachable`, no connection came about;
 * `lost`, the connection ended after bytes were sent, so nobody knows whether the request was executed.
 */
export type FailureKind = 'refused' | 'unreachable' | 'lost';

/**
 * What to do about it: `place-again` on another node, `send-again` as before, `session-gone` (404), `unavailable` (503), or
 * `report` that the node was lost.
 */
export type Remedy = 'place-again' | 'send-again' | 'session-gone' | 'unavailable' | 'report';

export interface Failure {
  kind: FailureKind;
  method: string;
  /** The request belongs to a session, which only its node has. */
  hasSession: boolean;
  /** The node has not been heard of for `nodeTimeout`. */
  silent: boolean;
  /** The body is still in memory; undefined when there is none, `false` when it was streamed. */
  body: Buffer | undefined | false;
  /** Some of the answer has gone to the client. */
  answered: boolean;
  /** How often the request was sent, this time included. */
  attempts: number;
}

/**
 * @param error what undici reports
 * @param sent whether the request had begun to be written
 */
export function failureKind(error: Error & { code?: string | undefined }, sent: boolean): FailureKind {
  if (sent) return 'lost';
  return error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
}

/** Decides what becomes of a request whose node failed. Only what provably had no effect is sent again. */
export function remedyOf(failure: Failure): Remedy {
  const { kind, hasSession, body, answered, attempts } = failure;
  if (answered) return 'report';
  const again = body !== false && attempts < ROUTER_DEFAULTS.maxAttempts;
  if (kind === 'lost') return again && isRepeatable(failure.method, body) ? 'send-again' : 'report';
  if (!hasSession) return again ? 'place-again' : 'unavailable';
  // The process that had this session is gone, and its sessions with it: adoption by another node belongs here.
  return kind === 'refused' || failure.silent ? 'session-gone' : 'unavailable';
}

/** Whether executing the request twice is as good as once. GET and DELETE are; a POST if all its requests are. */
export function isRepeatable(method: string, body: Buffer | undefined | false): boolean {
  if (method !== 'POST') return true;
  if (body === false || body === undefined) return false;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return false;
  }
  const messages: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return messages.length > 0 && messages.every((message) => isRequest(message) && SIDE_EFFECT_FREE.has(message.method));
}
