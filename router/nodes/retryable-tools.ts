import { isDerived, ShownNames } from '../../settings/shown-names.ts';
import type { Target, TargetServer } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';
import type { NodeEntry } from './node-entry.ts';

/**
 * Whether a tool may be called twice: its server has `retryReadOnly` set, and annotates it as read-only or idempotent. Nodes
 * report such tools.
 * @param target that the client asked for
 * @param name of the tool as the client knows it
 */
export function isRetryableTool({ catalog, registry }: RouterContext, target: string, name: string): boolean {
  const found = catalog.resolve(target);
  if (found === undefined) return false;
  return [...registry.nodes.values()].some((node) => isRetryableAt(node, found, name));
}

function isRetryableAt({ metadata }: NodeEntry, { kind, servers }: Target, name: string): boolean {
  const { serverStatus, nameSeparator: separator = '-' } = metadata ?? {};
  const prefixes = servers.map(({ name: server, alias }) => alias ?? server);
  const names = [true, false].map((portable) => new ShownNames(prefixes, { separator, portable }));
  const [portable] = names;
  // Another server may have a tool of the same name where this one only begins like it.
  const owner = isDerived(name) ? portable?.sourcesOf(name)[0] : portable?.ownerOf(name);
  return servers.some((server) => {
    const tools = renames(server) ? [] : (serverStatus?.[server.name]?.retryable ?? []);
    if (kind === 'server' && tools.includes(name)) return true;
    if (owner !== server.name) return false;
    const isPlain = (tool: string) => !isDerived(name) && portable?.plain(server.name, tool) === name;
    return tools.some((tool) => isPlain(tool) || names.some((each) => each.shown(server.name, tool) === name));
  });
}

/** Where a group renames, a name may be that of another tool. */
function renames({ alias, tools }: TargetServer): boolean {
  return alias !== undefined || (tools !== undefined && !Array.isArray(tools));
}
