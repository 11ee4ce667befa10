import type { RouterContext } from '../context.ts';
import { isReachable, type NodeEntry } from '../nodes/node-entry.ts';
import { type Affinity, sessionHash } from '../sessions/affinities.ts';

/** A node as `GET /api/cluster/nodes` shows it. */
export function nodeView(node: NodeEntry): Record<string, unknown> {
  const { id, name, host, port, url, status, lastHeartbeat, servers, metadata, draining } = node;
  const suspect = !isReachable(node);
  const marks = { ...(draining ? { draining } : {}), ...(suspect ? { suspect } : {}) };
  const shown = metadata === undefined && !draining && !suspect ? {} : { metadata: { ...metadata, ...marks } };
  return { id, name, host, port, url, status, lastHeartbeat, servers: [...servers], ...shown };
}

/** A server on one node as `GET /api/cluster/servers/:serverId/replicas` shows it. */
export function replicaView(serverId: string, node: NodeEntry): Record<string, unknown> {
  const status = node.status === 'active' ? 'active' : 'inactive';
  return { serverId, nodeId: node.id, nodeUrl: node.url, status, weight: 1 };
}

/** A session in the list, where its whole id must not be shown. */
export function sessionRow(context: RouterContext, affinity: Affinity): Record<string, unknown> {
  return {
    session: sessionHash(affinity.id),
    nodeId: nodeOf(context, affinity),
    target: affinity.target,
    ...times(context, affinity),
  };
}

/** A session asked for by its id. */
export function sessionView(context: RouterContext, affinity: Affinity): Record<string, unknown> {
  const target = context.catalog.resolve(affinity.target);
  return {
    sessionId: affinity.id,
    nodeId: nodeOf(context, affinity),
    ...(target?.kind === 'server' ? { serverId: target.name } : {}),
    target: affinity.target,
    ...times(context, affinity),
  };
}

/** The node that holds the session now, as far as it is known. */
function nodeOf({ registry, claims }: RouterContext, { key, tag }: Affinity): string | null {
  const holder = key === undefined ? undefined : claims.of(key)?.holder;
  return registry.byTag(holder ?? tag)?.id ?? null;
}

function times({ settings }: RouterContext, { createdAt, lastAccessed }: Affinity): Record<string, number> {
  const { stickySessionTimeout } = settings.current.systemConfig.cluster.coordinator;
  return { createdAt, lastAccessed, expiresAt: lastAccessed + stickySessionTimeout };
}

/** Nodes, distinct servers (those that are up, and all) and sessions, as `GET /api/cluster/status` counts them. */
export function stats({ registry, affinities, catalog }: RouterContext): Record<string, number> {
  const nodes = [...registry.nodes.values()];
  const servers = new Set(nodes.flatMap((node) => [...node.servers]));
  return {
    nodes: nodes.length,
    activeNodes: nodes.filter(({ status }) => status === 'active').length,
    servers: servers.size,
    configuredServers: catalog.servers().length,
    sessions: affinities.size,
  };
}

/** `GET /health`: 200 as long as the coordinator itself works, with what is missing. */
export function healthView(context: RouterContext, version: string): Record<string, unknown> {
  const { registry, catalog, settings } = context;
  const all = catalog.servers();
  const reachable = [...registry.nodes.values()].filter((node) => node.status === 'active' && isReachable(node));
  const up = new Set(reachable.flatMap(({ servers }) => [...servers]));
  const connected = all.filter((name) => up.has(name)).length;
  const nodes = registry.nodes.size;
  const down = all.filter((name) => !up.has(name));
  const problems = [
    ...(nodes === 0 ? ['No node has registered'] : []),
    ...(down.length > 0 ? [`Servers that no node has up: ${down.join(', ')}`] : []),
    ...(nodes !== reachable.length ? ['Some nodes send no heartbeats or cannot be reached'] : []),
    ...(settings.problem === undefined ? [] : [`The newest settings were refused: ${settings.problem}`]),
  ];
  return {
    status: problems.length === 0 ? 'healthy' : 'degraded',
    message: problems.length === 0 ? 'All enabled MCP servers are ready' : problems.join('. '),
    timestamp: new Date().toISOString(),
    version,
    nodes: { total: nodes, active: reachable.length },
    servers: { total: all.length, connected, disconnected: all.length - connected },
    ...(settings.problem === undefined ? {} : { settings: { problem: settings.problem } }),
  };
}
