import type { Settings } from './schema.ts';

/** A server of a group; `tools` (bare names) absent means all of its tools. */
export type TargetServer = { name: string; tools?: string[] | undefined };

/** A group whose id is known and whose members are objects, as coordinators and nodes tell each other. */
export type TargetGroup = { id: string; name: string; servers: TargetServer[] };

/** What a client asked for by what follows `/mcp/` or `/sse/`. */
export interface Target {
  readonly kind: 'all' | 'group' | 'server';
  /** Id of the group or name of the server; empty for all. */
  readonly id: string;
  /** Name of the group or of the server; empty for all. */
  readonly name: string;
  /** In the order of the settings. A group may name servers that exist nowhere: that is for placement to see. */
  readonly servers: readonly TargetServer[];
}

export interface TargetNames {
  /** Names of the servers that exist. */
  readonly servers: Iterable<string>;
  readonly groups: readonly TargetGroup[];
  readonly enableGroupNameRoute: boolean;
}

/**
 * Finds the servers behind a target: a group by its id, else by its name (if group name routes are enabled), else a
 * server by its name, so that a group wins over a server of the same name, as in MCPHub.
 *
 * @param target what follows `/mcp/` or `/sse/`, decoded; the empty string means all servers
 * @returns undefined when nothing has that name
 * @example resolveTarget('dev', { servers: ['git'], groups: [{ id: '1', name: 'dev', servers: [{ name: 'git' }] }], enableGroupNameRoute: true })
 */
export function resolveTarget(target: string, names: TargetNames): Target | undefined {
  if (target === '') {
    return { kind: 'all', id: '', name: '', servers: Array.from(names.servers, (name) => ({ name })) };
  }
  const group =
    names.groups.find(({ id }) => id === target) ??
    (names.enableGroupNameRoute ? names.groups.find(({ name }) => name === target) : undefined);
  if (group !== undefined) return { kind: 'group', id: group.id, name: group.name, servers: group.servers };
  for (const name of names.servers) {
    if (name === target) return { kind: 'server', id: name, name, servers: [{ name }] };
  }
  return undefined;
}

/** The groups of the settings: an absent id is the name, and `tools` is a list or absent (all tools). */
export function groupsOf(settings: Pick<Settings, 'groups'>): TargetGroup[] {
  return settings.groups.map((group) => ({
    id: group.id || group.name,
    name: group.name,
    servers: group.servers.map((server) => {
      if (typeof server === 'string') return { name: server };
      return Array.isArray(server.tools) ? { name: server.name, tools: server.tools } : { name: server.name };
    }),
  }));
}
