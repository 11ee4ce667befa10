import { Client } from 'undici';
import type { RouterContext } from '../context.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { NodeEntry } from './node-entry.ts';

/**
 * Asks nodes for their health where it is in doubt whether they are there. That tells a node that is hung or cut off from
 * one whose heartbeats alone do not arrive, and one that can be reached again from one that can only be heard.
 * @returns a function that ends the watch
 */
export function watchDoubtfulNodes(context: RouterContext, exchanges: ReadonlySet<Exchange>): () => void {
  const { registry, settings, boundary } = context;
  const asking = new Set<string>();
  const nodeTimeout = () => settings.current.systemConfig.cluster.coordinator.nodeTimeout;

  const ask = boundary('question whether a node is there', async (node: NodeEntry): Promise<void> => {
    const { run } = node;
    if (asking.has(run)) return;
    asking.add(run);
    const began = performance.now();
    const alive = await answers(context, node);
    asking.delete(run);
    // Another process has taken its place in the meantime.
    if (node.run !== run) return;
    if (alive) registry.trust(node);
    else if (node.status === 'unhealthy' || (node.suspect && performance.now() - node.suspectSince >= nodeTimeout()))
      giveUp(node);
    else registry.suspect(node, 'it does not answer');
    // What was asked may have been lost before the node could be reached again.
    if (!alive && node.heardAt > began) ask(node);
  });

  /** Nothing would ever end the requests that wait for it, and none of them may reach it later. */
  function giveUp(node: NodeEntry): void {
    registry.lose(node);
    context.pools.cut(node);
    for (const exchange of [...exchanges]) exchange.guard('end of a node', () => exchange.nodeGone(node));
  }

  /** A request that hears nothing for long may wait for a slow tool, or for a node that can be heard but not reached. */
  function lookAtSilentRequests(): void {
    const longest = nodeTimeout();
    const silent = new Set<NodeEntry>();
    for (const exchange of exchanges) {
      const node = exchange.silentNode(longest);
      if (node !== undefined) silent.add(node);
    }
    for (const node of silent) ask(node);
  }
  const unsubscribe = registry.onDoubt(ask);
  const timer = setInterval(boundary('timer of requests', lookAtSilentRequests), Math.max(50, nodeTimeout() / 3));
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}

/**
 * Any answer is a sign of life. It is asked for on a connection of its own: whether new ones can be opened is the question, and
 * those that are there may be dead.
 */
async function answers({ timings }: RouterContext, node: NodeEntry): Promise<boolean> {
  const { healthTimeout } = timings;
  const client = new Client(node.origin, { connect: { timeout: healthTimeout }, headersTimeout: healthTimeout });
  try {
    const { body } = await client.request({ method: 'GET', path: '/health', bodyTimeout: healthTimeout });
    await body.dump();
    return true;
  } catch {
    return false;
  } finally {
    client.destroy().catch(() => {});
  }
}
