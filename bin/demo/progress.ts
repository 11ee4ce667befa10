import { readApi } from '../client.ts';
import { type NodeRow, serverRows } from '../show.ts';

export interface ProgressOptions {
  url: string;
  token: string;
  /** What must be connected: server names by node id. */
  expected: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds. */
  limit: number;
  /** Called with one line for each server whose status changed. */
  say: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Waits until every expected server is connected on its node, or the time is up.
 * @returns the nodes as the coordinator knows them then, and whether all is connected
 */
export async function waitForServers(options: ProgressOptions): Promise<{ nodes: NodeRow[]; complete: boolean }> {
  const { url, token, say, signal } = options;
  const wanted = Object.entries(options.expected).flatMap(([node, servers]) => servers.map((s) => `${s} on ${node}`));
  const seen = new Map<string, string>();
  const deadline = performance.now() + options.limit;
  for (;;) {
    const nodes = await readApi<NodeRow[]>({ url, token }, '/api/cluster/nodes');
    for (const { server, node, status, reason } of serverRows(nodes)) {
      const name = `${server} on ${node}`;
      const state = reason === undefined ? status : `${status}: ${reason}`;
      if (seen.get(name) !== state) say(`  ${name}: ${state}`);
      seen.set(name, state);
    }
    const complete = wanted.every((name) => seen.get(name) === 'connected');
    if (complete || performance.now() > deadline || signal.aborted) return { nodes, complete };
    await pause(200, signal);
  }
}

/** Resolves after that many milliseconds, or as soon as the signal says so. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
