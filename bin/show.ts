import type { NodeMetadata } from '../cluster/payload.ts';
import type { Invocation } from './arguments.ts';
import { type ApiAddress, readApi } from './client.ts';
import { age, table } from './table.ts';

/** A node as `GET /api/cluster/nodes` lists it. */
export interface NodeRow {
  id: string;
  name: string;
  url: string;
  status: string;
  /** Epoch milliseconds. */
  lastHeartbeat: number;
  servers: string[];
  metadata?: NodeMetadata;
}

interface StatusRow {
  enabled: boolean;
  mode: string;
  nodeId: string | null;
  /** `configuredServers` is absent in hubs of an older version. */
  stats: { nodes: number; activeNodes: number; servers: number; configuredServers?: number; sessions: number };
}

interface SessionRow {
  session: string;
  nodeId: string;
  target: string;
  createdAt: number;
  lastAccessed: number;
}

export type View = 'status' | 'nodes' | 'servers' | 'sessions';

const PATH: Record<View, string> = {
  status: '/api/cluster/status',
  nodes: '/api/cluster/nodes',
  servers: '/api/cluster/nodes',
  sessions: '/api/cluster/sessions',
};

/**
 * Prints what a coordinator knows, as a table or as JSON.
 * @throws ExitError when the coordinator cannot be read
 */
export async function show(view: View, invocation: Pick<Invocation, 'url' | 'token' | 'json'>): Promise<void> {
  const address: ApiAddress = {
    url: invocation.url ?? (process.env.MCPHUB_URL || 'http://127.0.0.1:3000'),
    token: invocation.token ?? process.env.MCPHUB_TOKEN,
  };
  const data = await readApi<unknown>(address, PATH[view]);
  process.stdout.write(render(view, data, invocation.json, Date.now()));
}

/** The text of a view. @param now epoch milliseconds, for ages */
export function render(view: View, data: unknown, json: boolean, now: number): string {
  if (json) return `${JSON.stringify(view === 'servers' ? serverRows(data as NodeRow[]) : data, null, 2)}\n`;
  if (view === 'status') return statusTable(data as StatusRow);
  if (view === 'nodes') return nodeTable(data as NodeRow[], now);
  if (view === 'servers') return serverTable(data as NodeRow[]);
  return sessionTable(data as SessionRow[], now);
}

function statusTable({ mode, nodeId, stats }: StatusRow): string {
  const { servers, configuredServers = servers } = stats;
  const rows = [
    ['mode', mode],
    ...(nodeId === null ? [] : [['node id', nodeId]]),
    ...(mode === 'standalone' ? [] : [['nodes', `${stats.activeNodes} of ${stats.nodes} active`]]),
    ['servers', `${servers} of ${configuredServers} up`],
    ['sessions', String(stats.sessions)],
  ];
  return rows.map(([name = '', value]) => `${name.padEnd(10)}${value}\n`).join('');
}

/** One that was heard of lately may be gone all the same, as connections to it tell. */
export function nodeStatus({ status, metadata }: NodeRow): string {
  const isLost = status === 'active' && metadata?.suspect === true;
  return `${isLost ? 'unreachable' : status}${metadata?.draining ? ', draining' : ''}`;
}

export function nodeTable(nodes: readonly NodeRow[], now: number): string {
  if (nodes.length === 0) return 'no node has registered\n';
  return table(
    ['NODE', 'STATUS', 'ADDRESS', 'SERVERS', 'SESSIONS', 'HEARTBEAT'],
    nodes.map((node) => [
      node.name === node.id ? node.id : `${node.id} (${node.name})`,
      nodeStatus(node),
      node.url,
      node.servers.join(', ') || '-',
      String(node.metadata?.sessions ?? '-'),
      `${age(now - node.lastHeartbeat)} ago`,
    ]),
  );
}

export interface ServerRow {
  server: string;
  node: string;
  status: string;
  reason?: string;
}

/** One row for each server on each node, by server; nodes of the original branch report no status. */
export function serverRows(nodes: readonly NodeRow[]): ServerRow[] {
  const rows = nodes.flatMap((node): ServerRow[] => {
    const reports = node.metadata?.serverStatus;
    const stateOf = (status: string) => (node.status === 'active' ? status : `${status}, node ${node.status}`);
    if (reports === undefined) {
      return node.servers.map((server) => ({ server, node: node.id, status: stateOf('unknown') }));
    }
    return Object.entries(reports).map(([server, { status, warnings, reason = warnings?.join('; ') }]) => ({
      server,
      node: node.id,
      status: stateOf(status),
      ...(reason === undefined ? {} : { reason }),
    }));
  });
  return rows.sort((a, b) => a.server.localeCompare(b.server) || a.node.localeCompare(b.node));
}

export function serverTable(nodes: readonly NodeRow[]): string {
  const rows = serverRows(nodes);
  if (rows.length === 0) return 'no node reports a server\n';
  return table(
    ['SERVER', 'NODE', 'STATUS', 'REASON'],
    rows.map((row) => [row.server, row.node, row.status, row.reason ?? '']),
  );
}

function sessionTable(sessions: readonly SessionRow[], now: number): string {
  if (sessions.length === 0) return 'this coordinator has seen no session\n';
  return table(
    ['SESSION', 'NODE', 'TARGET', 'OPENED', 'USED'],
    sessions.map((row) => [
      row.session,
      row.nodeId,
      row.target || '(all)',
      `${age(now - row.createdAt)} ago`,
      `${age(now - row.lastAccessed)} ago`,
    ]),
  );
}
