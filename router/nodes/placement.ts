import type { GroupReport } from '../../cluster/payload.ts';
import { searchedTarget, type Target } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';
import { nodeHint } from '../edge/head.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { NodeEntry } from './node-entry.ts';
import { place } from './place.ts';

/**
 * The node for a new session, or for a request of an older revision without one, as settings, load and the request's own hints have it.
 * @param excluded runs of nodes that have refused the request
 * @returns undefined when nothing has the target's name, or no node can serve it now
 */
export function nodeFor(
  context: RouterContext,
  { route, head }: Pick<Exchange, 'route' | 'head'>,
  excluded: ReadonlySet<string> | undefined,
): NodeEntry | undefined {
  const { catalog } = context;
  const target = catalog.resolve(route.target);
  if (target === undefined) return undefined;
  return place(
    nodesThatKnow(context, target, route.target),
    {
      servers: namesOf(target),
      hint: nodeHint(context, head),
      excluded,
    },
    (node) => loadOf(context, node),
  );
}

/**
 * The node that takes a session over whose own is gone. Only nodes of ours can.
 * @param key of the session, see `sessionKey`
 */
export function adopterFor(
  context: RouterContext,
  { target: asked }: { target: string },
  key: string,
  excluded: ReadonlySet<string> | undefined,
): NodeEntry | undefined {
  const target = context.catalog.resolve(asked);
  if (target === undefined) return undefined;
  const nodes = nodesThatKnow(context, target, asked).filter(({ ours }) => ours);
  return place(nodes, { servers: namesOf(target), key, excluded }, () => 0);
}

function namesOf({ servers }: Target): string[] {
  return servers.map(({ name }) => name);
}

function loadOf({ affinities }: RouterContext, { tag, metadata, placed }: NodeEntry): number {
  return (metadata?.sessions ?? affinities.countOf(tag)) + placed;
}

/**
 * The coordinator's own groups are told to every node; a group that only nodes have configured means nothing to the
 * others. Nodes of the original branch do not tell their groups, and may have any.
 */
export function nodesThatKnow(context: RouterContext, { kind, id }: Target, asked: string): NodeEntry[] {
  const { catalog, registry } = context;
  const searched = kind === 'smart' ? searchedTarget(asked) : undefined;
  const behind = searched === undefined ? undefined : catalog.resolve(searched);
  if (searched !== undefined && behind !== undefined) return nodesThatKnow(context, behind, searched);
  const nodes = [...registry.nodes.values()];
  if (kind !== 'group' || catalog.ownGroups().some((group) => group.id === id)) return nodes;
  const has = (group: GroupReport) => group.id === asked || group.name === asked;
  return nodes.filter(({ ours, metadata }) => !ours || metadata?.groups?.some(has) === true);
}
