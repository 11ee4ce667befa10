import type { RouterContext } from '../context.ts';
import type { Principal } from '../edge/principals.ts';
import { type RouterError, routerError } from '../errors.ts';

type Parts = Pick<RouterContext, 'settings' | 'affinities' | 'registry'>;

/**
 * Whether a principal has as many sessions as it may have in the whole cluster. Nodes report what they hold; what this
 * coordinator has seen since their reports counts as well. Those who need not say who they are cannot be told apart.
 */
export function hasTooManySessions({ settings, affinities, registry }: Parts, { id, hash }: Principal): boolean {
  if (hash === '') return false;
  const { sessionsPerPrincipal } = settings.current.systemConfig.cluster.limits;
  if (affinities.countOfPrincipal(id) >= sessionsPerPrincipal) return true;
  let reported = 0;
  for (const { metadata } of registry.nodes.values()) reported += metadata?.principals?.[hash] ?? 0;
  return reported >= sessionsPerPrincipal;
}

export function tooManySessions({ settings }: Pick<Parts, 'settings'>): RouterError {
  const { sessionsPerPrincipal } = settings.current.systemConfig.cluster.limits;
  return routerError('MCPHUB_PRINCIPAL_SESSIONS', { limit: sessionsPerPrincipal });
}
