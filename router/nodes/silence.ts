import { request } from 'undici';
import type { RouterContext } from '../context.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { NodeEntry } from './node-entry.ts';

/**
 * Tells a node that is hung or cut off from one whose heartbeats alone do not arrive: a silent node is asked for its
 * health, and if it does not answer, all requests that wait for it end now instead of never.
 * @returns a function that ends the watch
 */
export function watchSilentNodes(context: RouterContext, exchanges: ReadonlySet<Exchange>): () => void {
  const asking = new Set<NodeEntry>();

  async function ask(node: NodeEntry): Promise<void> {
    if (node.gone || asking.has(node)) return;
    asking.add(node);
    const alive = await answers(context, node);
    asking.delete(node);
    if (alive || node.status === 'active') return;
    node.gone = true;
    context.log.warn({ node: node.id }, 'Node does not answer any more');
    for (const exchange of [...exchanges]) exchange.nodeGone(node);
  }
  return context.registry.onSilent((node) => void ask(node));
}

/** Any answer is a sign of life. */
async function answers({ timings, pools }: RouterContext, node: NodeEntry): Promise<boolean> {
  try {
    const { body } = await request(`${node.origin}/health`, {
      dispatcher: pools.of(node).calls,
      headersTimeout: timings.healthTimeout,
      bodyTimeout: timings.healthTimeout,
    });
    await body.dump();
    return true;
  } catch {
    return false;
  }
}
