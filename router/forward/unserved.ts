import { readInnerId } from '../../cluster/inner-id.ts';
import type { RouterContext } from '../context.ts';
import { targetsOf } from '../edge/principals.ts';
import { type RouterError, routerError } from '../errors.ts';
import type { Affinity } from '../sessions/affinities.ts';
import type { Exchange } from './exchange.ts';

type Asked = Pick<Exchange, 'route' | 'principal'>;

/** Nothing has the name that was asked for. */
export function unknownTarget({ catalog }: RouterContext, { route, principal }: Asked): RouterError {
  return routerError('MCPHUB_UNKNOWN_TARGET', { target: route.target, targets: targetsOf(principal, catalog) });
}

/** What was asked for exists, but no node can serve it now. */
export function noNode({ catalog }: RouterContext, { route }: Asked): RouterError {
  const servers = catalog.resolve(route.target)?.servers.map(({ name }) => name) ?? [];
  const name = route.target === '' ? 'this request' : `"${route.target}"`;
  return routerError('MCPHUB_NO_NODE', { target: name, reason: catalog.reasons(servers) });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whether the unknown home of a session may just not have been heard of yet: after a restart of the coordinator, nodes
 * report within a heartbeat. An id that no node can have made is not waited for.
 */
export function mayStillAppear({ registry, settings }: RouterContext, { inner }: Affinity): boolean {
  const { nodeTimeout } = settings.current.systemConfig.cluster.coordinator;
  if (Date.now() - registry.since >= nodeTimeout) return false;
  return readInnerId(inner) !== undefined || UUID.test(inner);
}
