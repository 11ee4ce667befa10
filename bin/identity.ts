import { hostname } from 'node:os';
import type { ClusterConfig } from '../settings/schema.ts';

export interface NodeIdentity {
  id: string;
  name: string;
  url?: string;
}

/**
 * Who this node is to its coordinators. The id is stable over restarts, so that a node that comes back is the same one:
 * what the settings and the environment say, else the role's own (`standalone`, `coordinator`), else
 * `<host name>-<port>`.
 * @param role what kind of process the node runs in
 * @param node `systemConfig.cluster.node` with the environment applied
 * @param port the port that was asked for; 0 (any) is replaced by the process id
 */
export function nodeIdentity(
  role: 'standalone' | 'coordinator' | 'node',
  node: ClusterConfig['node'],
  port: number,
): NodeIdentity {
  const ownId = role === 'node' ? `${hostname()}-${port === 0 ? process.pid : port}` : role;
  const id = node.id || asNodeId(ownId);
  const name = node.name || (role === 'node' ? hostname() : id);
  return { id, name, ...(role === 'node' && node.url ? { url: node.url } : {}) };
}

/** Host names may hold characters that a node id may not. */
function asNodeId(text: string): string {
  return text.replace(/[^A-Za-z0-9._:@-]/g, '-').slice(0, 253);
}
