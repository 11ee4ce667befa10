import type { TargetServer } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';

/**
 * Whether a tool may be called twice: its server has `retryReadOnly` set, and annotates it as read-only or idempotent. Nodes
 * report such tools.
 * @param target that the client asked for
 * @param name of the tool as the client knows it
 */
export function isRetryableTool({ catalog, registry }: RouterContext, target: string, name: string): boolean {
  const found = catalog.resolve(target);
  if (found === undefined) return false;
  const servers = found.servers.filter((server) => !renames(server));
  for (const node of registry.nodes.values()) {
    const { serverStatus, nameSeparator = '-' } = node.metadata ?? {};
    for (const { name: server } of servers) {
      const tools = serverStatus?.[server]?.retryable;
      if (tools?.some((tool) => name === `${server}${nameSeparator}${tool}`)) return true;
      if (found.kind === 'server' && tools?.includes(name)) return true;
    }
  }
  return false;
}

/** Where a group renames, a name may be that of another tool. */
function renames({ alias, tools }: TargetServer): boolean {
  return alias !== undefined || (tools !== undefined && !Array.isArray(tools));
}
