import { isPerSession } from '../../settings/per-session.ts';
import type { Hub } from '../hub.ts';
import { mustReset } from './must-reset.ts';
import type { Session } from './session.ts';

/**
 * Makes the test for sessions that cannot give way, for one look at many of them: what they have would be lost, while all others are
 * re-created from their ids by their next request. An HTTP+SSE session ends with its stream.
 */
export function inUse(hub: Hub): (session: Session) => boolean {
  const own = hub.hosts.all().filter(({ config }) => isPerSession(config));
  const resets = new Map<string, boolean>();
  const isReset = (target: string): boolean => {
    const known = resets.get(target);
    if (known !== undefined) return known;
    const reset = mustReset(hub, target);
    resets.set(target, reset);
    return reset;
  };
  return (session) =>
    session.transport === 'sse' ||
    session.beginning ||
    session.streams > 0 ||
    session.calls.size > 0 ||
    session.asking ||
    session.subscriptions.size > 0 ||
    session.ownSubscriptions.size > 0 ||
    !session.revivable ||
    own.some(({ host }) => host.hasOwn(session.id)) ||
    isReset(session.target);
}
