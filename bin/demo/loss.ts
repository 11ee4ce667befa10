import { readApi } from '../client.ts';
import { type NodeRow, nodeStatus, nodeTable } from '../show.ts';
import { pause } from './progress.ts';
import { demoServers } from './settings.ts';

/** What it means that a node of the demo is gone. */
export function lossOf(node: string): string {
  const hosted = Object.entries(demoServers(''));
  const others = hosted.filter(([name]) => name !== node);
  const elsewhere = others.flatMap(([, servers]) => Object.keys(servers));
  const own = hosted.flatMap(([name, servers]) => (name === node ? Object.keys(servers) : []));
  const away = own.filter((server) => !elsewhere.includes(server));
  const sessions = `its sessions go on at ${others.map(([name]) => name).join(', ')}`;
  return `${sessions}, ${away.join(', ')} ${away.length > 1 ? 'are' : 'is'} away`;
}

/**
 * Waits until the coordinator has noticed that a node is gone.
 * @param limit milliseconds
 * @returns what `mcphub nodes` shows then; undefined when the time is up
 */
export async function noticedLoss(
  { url, token, limit, signal }: { url: string; token: string; limit: number; signal: AbortSignal },
  lost: string,
): Promise<string | undefined> {
  const deadline = performance.now() + limit;
  while (performance.now() < deadline && !signal.aborted) {
    const nodes = await readApi<NodeRow[]>({ url, token }, '/api/cluster/nodes');
    const row = nodes.find(({ id }) => id === lost);
    if (row === undefined || nodeStatus(row) !== 'active') return nodeTable(nodes, Date.now());
    await pause(200, signal);
  }
  return undefined;
}
