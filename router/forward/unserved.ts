import type { RouterContext } from '../context.ts';
import { targetsOf } from '../edge/principals.ts';
import { type RouterError, routerError } from '../errors.ts';
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
