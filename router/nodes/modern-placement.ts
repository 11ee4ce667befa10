import type { RouterContext } from '../context.ts';
import { nodeHint, type RequestHead } from '../edge/head.ts';
import type { Exchange } from '../forward/exchange.ts';
import { candidatesFor } from './candidates.ts';
import { namedServer } from './named-server.ts';
import { isReachable, type NodeEntry } from './node-entry.ts';
import { heaviest } from './rendezvous.ts';
import { lighterOfTwo } from './two-choices.ts';

type Asked = Pick<Exchange, 'route' | 'head' | 'principal'>;

/**
 * The node for a request without a session (2026-07-28): the one that it is pinned to, else the one that its state id belongs to,
 * else one that has the server which it names, else any that holds the target's servers, the less busy of two.
 * @param pinned tag of the node that minted what the request brings back
 * @param excluded runs of nodes that do not get the request
 * @returns undefined when nothing has the target's name, or no node can serve it now
 */
export function modernNodeFor(
  context: RouterContext,
  asked: Asked,
  pinned: string | undefined,
  excluded: ReadonlySet<string> | undefined,
): NodeEntry | undefined {
  const { registry, catalog } = context;
  const { route, head, principal } = asked;
  const minter = pinned === undefined ? undefined : registry.byTag(pinned);
  // One that drains still finishes what it has begun.
  if (minter !== undefined && isReachable(minter) && excluded?.has(minter.run) !== true) return minter;
  const target = catalog.resolve(route.target);
  if (target === undefined) return undefined;
  const candidates = (server?: string) => candidatesFor(context, target, route.target, server, excluded);
  if (head.stateId !== undefined) return heaviest(candidates(), `${principal.hash} ${head.stateId} ${route.target}`);
  const server = namedServer(context, target, head);
  const holders = server === undefined ? [] : candidates(server);
  const nodes = holders.length > 0 ? holders : candidates();
  return hintedOf(context, head, nodes) ?? lighterOfTwo(nodes, ({ inFlight }) => inFlight);
}

function hintedOf(context: RouterContext, head: RequestHead, nodes: readonly NodeEntry[]): NodeEntry | undefined {
  const hint = nodeHint(context, head);
  return hint === undefined ? undefined : nodes.find(({ id }) => id === hint);
}
