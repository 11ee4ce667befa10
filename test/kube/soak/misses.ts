import { ApiRefusal } from '../support/api.ts';

/** Why an edit is not made. */
export const MISSES = ['object gone', 'conflict', 'API server away', 'unexpected'] as const;

export type Miss = (typeof MISSES)[number];

/** Of connections that were not made, or that ended before there was an answer. */
const NO_ANSWER = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** @param error what {@link Api.ok} threw */
export function missOf(error: unknown): Miss {
  if (!(error instanceof ApiRefusal)) {
    return NO_ANSWER.has((error as NodeJS.ErrnoException).code ?? '') ? 'API server away' : 'unexpected';
  }
  const { reason, details } = error.answer.body ?? {};
  // It has just started, and does not serve everything yet.
  if (reason === 'ServiceUnavailable') return 'API server away';
  // Without a name, it is the kind that is not there.
  if (reason === 'NotFound' && details?.name !== undefined) return 'object gone';
  if (reason === 'Conflict' || reason === 'AlreadyExists') return 'conflict';
  return 'unexpected';
}
