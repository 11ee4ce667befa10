import { request } from 'undici';
import type { RouterContext } from '../context.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { NodeEntry } from './node-entry.ts';

/**
 * Asks nodes for their health where it is in doubt whether they are there. That tells a node that is hung or cut off from
 * one whose heartbeats alone do not arrive, and one that can be reached again from one that can only be heard.
 * @returns a function that ends the watch
 */
export function watchDoubtfulNodes(context: RouterContext, exchanges: ReadonlySet<Exchange>): () => void {
  const { registry } = context;
  const asking = new Set<string>();

  async function ask(node: NodeEntry): Promise<void> {
    const { run } = node;
    if (asking.has(run)) return;
    asking.add(run);
    const alive = await answers(context, node);
    asking.delete(run);
    // Another process has taken its place in the meantime.
    if (node.run !== run) return;
    if (alive) registry.trust(node);
    else if (node.status === 'unhealthy') giveUp(node);
    else registry.suspect(node, 'it does not answer');
  }

  /** Nothing would ever end the requests that wait for it. */
  function giveUp(node: NodeEntry): void {
    registry.lose(node);
    for (const exchange of [...exchanges]) exchange.nodeGone(node);
  }
  return registry.onDoubt((node) => void ask(node));
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
