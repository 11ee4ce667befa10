import type { RouterContext } from '../context.ts';
import type { Affinity } from './affinities.ts';

type Parts = Pick<RouterContext, 'affinities' | 'claims' | 'graves' | 'posted'>;

/** The session is over, or never was: nothing is remembered of it. */
export function forgetSession({ affinities, claims }: Parts, { id, key }: Affinity): void {
  affinities.delete(id);
  if (key !== undefined) claims.delete(key);
}

/** The client of an HTTP+SSE session has gone: it is not re-created anywhere. */
export function endSession(parts: Parts, session: Affinity): void {
  if (session.key !== undefined) parts.graves.add(session.key);
  parts.posted.close(session.id);
  forgetSession(parts, session);
}
