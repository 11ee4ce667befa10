import type { Target } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';
import type { NodeEntry } from './node-entry.ts';
import { bestHolders, type PlacementRequest } from './place.ts';
import { nodesThatKnow } from './placement.ts';

/**
 * Nodes that requests without session choose from. To look through all nodes for each of them would cost more than all else that
 * is done for it, so they are kept with the target, which is another object as soon as nodes or settings have changed.
 */
const kept = new WeakMap<Target, Map<string | undefined, readonly NodeEntry[]>>();

/**
 * The nodes that hold the most of some servers of a target. Those of the original branch do not know the revision, so they count
 * only where no node of ours holds anything.
 * @param asked name of the target, as the client has it
 * @param server the only one that is asked for; undefined for all of the target
 * @param excluded runs of nodes that do not get the request
 */
export function candidatesFor(
  context: RouterContext,
  target: Target,
  asked: string,
  server: string | undefined,
  excluded: ReadonlySet<string> | undefined,
): readonly NodeEntry[] {
  const servers = server === undefined ? target.servers.map(({ name }) => name) : [server];
  let ofTarget = kept.get(target);
  if (ofTarget === undefined) {
    ofTarget = new Map();
    kept.set(target, ofTarget);
  }
  let all = ofTarget.get(server);
  if (all === undefined) {
    all = look(context, target, asked, { servers });
    ofTarget.set(server, all);
  }
  if (excluded === undefined || excluded.size === 0) return all;
  const left = all.filter(({ run }) => !excluded.has(run));
  return left.length > 0 ? left : look(context, target, asked, { servers, excluded });
}

function look(
  context: RouterContext,
  target: Target,
  asked: string,
  request: Pick<PlacementRequest, 'servers' | 'excluded'>,
): NodeEntry[] {
  const nodes = nodesThatKnow(context, target, asked);
  const ours = bestHolders(
    nodes.filter((node) => node.ours),
    request,
  );
  return ours.length > 0 ? ours : bestHolders(nodes, request);
}
