import type { RouterContext } from '../context.ts';
import type { Principal } from '../edge/principals.ts';
import { type RouterError, routerError } from '../errors.ts';
import type { StreamKeeper } from '../forward/streams.ts';

type Parts = Pick<RouterContext, 'settings' | 'keeper' | 'registry'>;

/**
 * Whether a principal has as many sessions in use as it may have in the whole cluster. Nodes report those that they hold; streams of
 * this coordinator that were opened since their reports count as well. Those who need not say who they are cannot be told apart.
 */
export function hasTooManySessions({ settings, keeper, registry }: Parts, { id, hash }: Principal): boolean {
  if (hash === '') return false;
  const { sessionsPerPrincipal } = settings.current.systemConfig.cluster.limits;
  let reported = 0;
  for (const { metadata } of registry.nodes.values()) reported += metadata?.principals?.[hash] ?? 0;
  return reported >= sessionsPerPrincipal || listening(keeper, id) >= sessionsPerPrincipal;
}

/** Nodes tell what is in use with each heartbeat, so nothing changes before the next one. */
export function tooManySessions({ settings }: Pick<Parts, 'settings'>): RouterError {
  const { limits, node } = settings.current.systemConfig.cluster;
  const retryAfter = Math.ceil(node.heartbeatInterval / 1000);
  return routerError('MCPHUB_PRINCIPAL_SESSIONS', { limit: limits.sessionsPerPrincipal }, { retryAfter });
}

/** How old a count may be, in milliseconds. */
const COUNT_AGE = 100;
const counts = new WeakMap<StreamKeeper, { at: number; sessions: ReadonlyMap<string, number> }>();

/** How many sessions of a principal have a stream open at this coordinator. */
function listening(keeper: StreamKeeper, principal: string): number {
  const known = counts.get(keeper);
  const now = performance.now();
  if (known !== undefined && now - known.at < COUNT_AGE) return known.sessions.get(principal) ?? 0;
  const sessions = new Map<string, number>();
  for (const session of new Set([...keeper.streams].map((stream) => stream.session))) {
    if (session !== undefined) sessions.set(session.principal, (sessions.get(session.principal) ?? 0) + 1);
  }
  counts.set(keeper, { at: now, sessions });
  return sessions.get(principal) ?? 0;
}
