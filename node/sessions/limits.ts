import { CONFIG } from '../config.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import { inUse } from './in-use.ts';
import type { ModernCaller } from './modern-caller.ts';
import type { Session } from './session.ts';

/**
 * Bounds how many sessions the node holds, and how many of them one account has. The least recently used one that is not in use
 * gives way to a new one: its next request re-creates it.
 * @param account see `accountOf`
 * @throws NodeError MCPHUB_SESSION_LIMIT, with which a coordinator tries another node
 */
export function makeRoom(hub: Hub, account: string): void {
  const { sessions } = hub;
  const { sessionsPerNode, sessionsPerPrincipal } = limitsOf(hub);
  const share = shareOf(hub, sessionsPerNode);
  const ofAccount = account.startsWith('key ') ? Math.min(share, sessionsPerPrincipal) : share;
  const isShareTaken = account !== '' && sessions.order.countOf(account) >= ofAccount;
  if (!isShareTaken && sessions.size < sessionsPerNode) return;
  const oldest = sessions.order.oldestUnused(inUse(hub), isShareTaken ? account : undefined);
  if (oldest !== undefined) return sessions.close(oldest, 'the session gives way to a new one');
  hub.metrics.refused('sessions');
  const retryAfter = secondsUntilRoom(hub, isShareTaken ? account : undefined);
  throw isShareTaken
    ? new NodeError('MCPHUB_SHARE_LIMIT', { what: 'sessions in use', limit: ofAccount }, { retryAfter })
    : new NodeError('MCPHUB_SESSION_LIMIT', { limit: sessionsPerNode }, { retryAfter });
}

/**
 * After how many seconds the first session may not be in use any more: one whose client is there ends at any moment, any other when
 * it has not been used for `stickySessionTimeout`.
 */
function secondsUntilRoom({ sessions, settings }: Hub, account: string | undefined): number {
  const { stickySessionTimeout } = settings.current.systemConfig.cluster.coordinator;
  let seconds = Number.POSITIVE_INFINITY;
  for (const session of sessions.all()) {
    if (account !== undefined && session.account !== account) continue;
    const left = session.attached
      ? CONFIG.retryWhileInUse
      : (session.lastUsedAt + stickySessionTimeout - performance.now()) / 1000;
    seconds = Math.min(seconds, left);
  }
  return Math.max(1, Math.ceil(Math.min(seconds, stickySessionTimeout / 1000)));
}

/**
 * Bounds what one session may have waiting for answers.
 * @param more requests that are to be begun
 * @throws NodeError MCPHUB_CALL_LIMIT; none of them is begun then
 */
export function checkCalls(hub: Hub, session: Session, more: number): void {
  const { callsPerSession: limit } = limitsOf(hub);
  const pending = session.calls.size;
  if (pending + more <= limit) return;
  hub.metrics.refused('calls');
  throw new NodeError('MCPHUB_CALL_LIMIT', { pending, more, limit });
}

/**
 * Bounds the streams that one session may have open: a new one ends the oldest, which may be that of a client whose machine lost its
 * network and that is back.
 */
export function makeStreamRoom(hub: Hub, session: Session): void {
  const { streamsPerSession } = limitsOf(hub);
  while (session.streams >= streamsPerSession) session.endOldestStream();
}

/**
 * Bounds the streams of `subscriptions/listen`, and how many of them one account has.
 * @throws NodeError MCPHUB_LISTENER_LIMIT, MCPHUB_SHARE_LIMIT
 */
export function checkListeners(hub: Hub, { account, modern }: ModernCaller): void {
  const { listenersPerNode: limit } = limitsOf(hub);
  if (hub.listeners.size >= limit) {
    hub.metrics.refused('listeners');
    throw new NodeError('MCPHUB_LISTENER_LIMIT', { limit });
  }
  const share = shareOf(hub, limit);
  // Another node listens for all of its clients.
  if (account === '' || modern.fromNode || hub.listeners.size < share) return;
  let taken = 0;
  for (const { caller } of hub.listeners) if (caller.account === account) taken++;
  if (taken < share) return;
  hub.metrics.refused('listeners');
  throw new NodeError('MCPHUB_SHARE_LIMIT', { what: 'streams of subscriptions/listen', limit: share });
}

/** How much of a limit one account may have; never less than one. */
function shareOf(hub: Hub, limit: number): number {
  return Math.max(1, Math.floor(limit * limitsOf(hub).sharePerPrincipal));
}

function limitsOf({ settings }: Hub) {
  return settings.current.systemConfig.cluster.limits;
}
