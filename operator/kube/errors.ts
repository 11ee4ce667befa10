import type { KubeErrorFields } from './contract.ts';

/** An API server's answer that is no success, or that there was no answer (`status` 0). */
export class KubeError extends Error implements KubeErrorFields {
  readonly status: number;
  readonly reason: string;
  readonly retryAfter?: number;

  constructor(message: string, fields: KubeErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KubeError';
    this.status = fields.status;
    this.reason = fields.reason;
    if (fields.retryAfter !== undefined) this.retryAfter = fields.retryAfter;
  }
}

/** A reconciler throws it where trying again cannot help: the object is not queued until it changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** The part of a Status object that says what went wrong. */
interface Status {
  message?: string;
  reason?: string;
  code?: number;
  details?: { retryAfterSeconds?: number };
}

/** Reasons where the body names none. */
const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/**
 * The error that an answer means.
 * @param what the call, such as `GET /api/v1/pods`
 * @param retryAfter value of the header `Retry-After`, in seconds or as a date
 * @param now milliseconds since 1970, against which a date is counted
 */
export function errorOfAnswer(
  what: string,
  status: number,
  body: string,
  retryAfter?: string,
  now = Date.now(),
): KubeError {
  const answer = parseStatus(body);
  const wait = retryAfterOf(retryAfter, now) ?? secondsOf(answer?.details?.retryAfterSeconds);
  const message = answer?.message ?? (body.trim().slice(0, 200) || 'no reason given');
  return new KubeError(`${what}: ${status}: ${message}`, {
    status,
    reason: reasonOf(status, answer),
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

/** The error that an ERROR event of a watch means; its object is a Status. */
export function errorOfStatus(what: string, object: unknown): KubeError {
  const status = (object ?? {}) as Status;
  return errorOfAnswer(what, status.code ?? 500, JSON.stringify(object ?? {}));
}

/** The error that a failed connection means. */
export function errorOfConnection(what: string, cause: unknown): KubeError {
  if (cause instanceof KubeError) return cause;
  const message = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new KubeError(`${what}: no answer: ${message}`, { status: 0, reason: 'Unreachable' }, { cause });
}

/** A manifest of server-side apply with a wrong type is a 500 to the API server, though trying again cannot help. */
function reasonOf(status: number, answer: Status | undefined): string {
  if (status === 500 && answer?.message?.startsWith('failed to create typed patch object')) return 'Invalid';
  return answer?.reason || REASONS[status] || 'Unknown';
}

function parseStatus(body: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

function secondsOf(seconds: number | undefined): number | undefined {
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

function retryAfterOf(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return secondsOf(seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
