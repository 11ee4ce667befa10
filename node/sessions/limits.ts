import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Session } from './session.ts';

/**
 * Bounds how many sessions the node holds.
 * @throws NodeError MCPHUB_SESSION_LIMIT, with which a coordinator tries another node
 */
export function checkSessions(hub: Hub): void {
  const { sessionsPerNode: limit } = hub.settings.current.systemConfig.cluster.limits;
  if (hub.sessions.size < limit) return;
  hub.metrics.refused('sessions');
  throw new NodeError('MCPHUB_SESSION_LIMIT', { limit });
}

/**
 * Bounds what one session may have waiting for answers.
 * @param more requests that are to be begun
 * @throws NodeError MCPHUB_CALL_LIMIT; none of them is begun then
 */
export function checkCalls(hub: Hub, session: Session, more: number): void {
  const { callsPerSession: limit } = hub.settings.current.systemConfig.cluster.limits;
  const pending = session.calls.size;
  if (pending + more <= limit) return;
  hub.metrics.refused('calls');
  throw new NodeError('MCPHUB_CALL_LIMIT', { pending, more, limit });
}

/**
 * Bounds the streams that one session may have open.
 * @throws NodeError MCPHUB_STREAM_LIMIT
 */
export function checkStreams(hub: Hub, session: Session): void {
  const { streamsPerSession: limit } = hub.settings.current.systemConfig.cluster.limits;
  if (session.streams < limit) return;
  hub.metrics.refused('streams');
  throw new NodeError('MCPHUB_STREAM_LIMIT', { limit });
}
