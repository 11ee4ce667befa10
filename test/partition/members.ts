import { RawSession } from '../support/clients.ts';
import { type Cluster, type ClusterMember, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';
import type { Network } from '../support/namespaces.ts';

/** Short times, so that silence is noticed soon. */
export const NODE_TIMEOUT = 1_500;
export const HEARTBEAT_INTERVAL = 300;
/**
 * How long a coordinator takes at most to be sure that a node is lost: its timeout, the next sweep, a connection that does not come
 * about, and some time for a machine with other things to do.
 */
export const LOST_WITHIN = NODE_TIMEOUT + 500 + 3_000 + 2_000;

const TIMES = {
  coordinator: { nodeTimeout: NODE_TIMEOUT, cleanupInterval: 500 },
  node: { heartbeatInterval: HEARTBEAT_INTERVAL },
};
/** The tests say on which node a session begins; on which it goes on is not theirs to say. */
const COORDINATOR = {
  systemConfig: { cluster: { ...TIMES, stickySession: { strategy: 'header', headerName: 'x-node' } } },
};
/** `tools` is one process for all sessions of a node, `own` one for each. */
const NODE = hosting(
  { tools: script('cluster-tools'), own: script('cluster-tools', { perSessionClient: true }) },
  { systemConfig: { cluster: TIMES } },
);

/** Header with which a session begins on this node. */
export function on(id: string): Record<string, string> {
  return { 'x-node': id };
}

/** Nodes on hosts called as they are, and a coordinator for each name; all nodes belong to all coordinators. */
export async function startOn(network: Network, coordinators: readonly string[], nodes: number): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  try {
    for (const name of coordinators) {
      clusters.push(await startCluster({ nodes: [], coordinator: network.on(name, { settings: COORDINATOR }) }));
    }
    const env = { MCPHUB_COORDINATOR_URL: clusters.map(({ url }) => url).join() };
    const ids = Array.from({ length: nodes }, (_, i) => `node-${i + 1}`);
    const [first] = clusters;
    await Promise.all(ids.map((id) => first?.join(network.on(id, { settings: NODE, env }), id)));
    for (const cluster of clusters) for (const id of ids) await cluster.hosts(id, ['tools', 'own']);
    return clusters;
  } catch (error) {
    await stopAll(clusters).catch(() => {});
    throw error;
  }
}

export async function stopAll(clusters: readonly Cluster[]): Promise<void> {
  for (const cluster of clusters) await cluster.stop();
}

/** How many sessions a node holds, in its own words. */
export async function sessionsAt({ url }: ClusterMember): Promise<number> {
  const response = await fetch(`${url}/health`);
  return ((await response.json()) as { sessions: number }).sessions;
}

/** Whether a node is in placement, as a coordinator shows it. */
export function isUsed(id: string): (rows: NodeRow[]) => boolean {
  return (rows) => rows.some((row) => row.id === id && row.status === 'active' && row.metadata?.suspect !== true);
}

export function isSilent(id: string): (rows: NodeRow[]) => boolean {
  return (rows) => rows.some((row) => row.id === id && row.status === 'unhealthy');
}

/** Resolves once a coordinator says that a node is lost: it is silent and does not answer. */
export async function lost({ coordinator }: Cluster, id: string, from: number): Promise<void> {
  await coordinator.process.line(
    ({ msg, node }) => msg === 'Node does not answer any more' && node === id,
    from,
    LOST_WITHIN,
  );
}

/** The same session at another coordinator. */
export function through({ url }: Cluster, session: RawSession): RawSession {
  return new RawSession(`${url}${new URL(session.url).pathname}`, session.opened, {});
}

/** What `count` of the test server answers. */
export function countOf(text: string): { node: string; count: number } {
  const [node = '', count] = text.split(' ');
  return { node, count: Number(count) };
}
