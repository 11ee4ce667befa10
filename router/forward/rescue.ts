import { ROUTER_DEFAULTS } from '../config.ts';

/**
 * How a node failed under a request: `refused`, nothing listens there; `unreachable`, no connection came about;
 * `lost`, the connection ended after bytes were sent, so nobody knows whether the request was executed.
 */
export type FailureKind = 'refused' | 'unreachable' | 'lost';

/**
 * What to do about it: send it `again`, where it is placed or located now; `session-gone` (404); `unavailable` (503); or
 * `report` that the node was lost.
 */
export type Remedy = 'again' | 'session-gone' | 'unavailable' | 'report';

export interface Failure {
  kind: FailureKind;
  /** The request belongs to a session that only its node has: no node of ours made the id. */
  bound: boolean;
  /** The node has not been heard of for `nodeTimeout`. */
  silent: boolean;
  /** The body is still there to be sent. */
  sendable: boolean;
  /** Executing the request twice is as good as once. */
  repeatable: boolean;
  /** Some of the answer has gone to the client. */
  answered: boolean;
  /** How often the request was sent, this time included. */
  attempts: number;
}

/**
 * @param error of the connection
 * @param sent whether the request had begun to be written
 */
export function failureKind(error: Error & { code?: string | undefined }, sent: boolean): FailureKind {
  if (sent) return 'lost';
  return error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
}

/** Decides what becomes of a request whose node failed. Only what provably had no effect is sent again. */
export function remedyOf({ kind, bound, silent, sendable, repeatable, answered, attempts }: Failure): Remedy {
  if (answered) return 'report';
  const { maxAttempts, maxUnbegun } = ROUTER_DEFAULTS;
  if (kind === 'lost') return sendable && repeatable && attempts < maxAttempts ? 'again' : 'report';
  if (!bound) return sendable && attempts < maxUnbegun ? 'again' : 'unavailable';
  return kind === 'refused' || silent ? 'session-gone' : 'unavailable';
}
