import type { Settings } from './schema.ts';

/** What settings say of one tool, prompt or resource; resources keep their name, which is their URI. */
export type ItemOverride = {
  enabled?: boolean | undefined;
  /** The bare name under which clients see it. */
  name?: string | undefined;
  description?: string | undefined;
};

/** A list is all that is shown; a map shows everything, and overrides what the server's own settings say. */
export type ItemSelection = string[] | Record<string, ItemOverride>;

/** A server of a group: `alias` stands for its name in prefixes; what is absent is shown as the server's settings say. */
export type TargetServer = {
  name: string;
  alias?: string | undefined;
  tools?: ItemSelection | undefined;
  prompts?: ItemSelection | undefined;
  resources?: ItemSelection | undefined;
};

/** A group whose id is known and whose members are objects, as coordinators and nodes tell each other. */
export type TargetGroup = { id: string; name: string; servers: TargetServer[] };

/** What a client asked for by what follows `/mcp/` or `/sse/`. */
export interface Target {
  readonly kind: 'all' | 'group' | 'server' | 'smart';
  /** Id of the group or name of the server, also of a smart target; empty for all. */
  readonly id: string;
  /** Name of the group or of the server, also of a smart target; empty for all. */
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

/** `$smart` stands for all servers behind a search, `$smart/<target>` for those of a group or server. */
const SMART = '$smart';

/** The target whose tools a smart target finds, `''` for all servers; undefined when it does not look like one. */
export function searchedTarget(target: string): string | undefined {
  if (target === SMART) return '';
  return target.startsWith(`${SMART}/`) ? target.slice(SMART.length + 1) : undefined;
}

/**
 * Finds the servers behind a target: a group by its id, else by its name (if group name routes are enabled), else a
 * server by its name, so that a group wins over a server of the same name, as in MCPHub. What has none of these names
 * may be a smart target.
 *
 * @param target what follows `/mcp/` or `/sse/`, decoded; the empty string means all servers
 * @returns undefined when nothing has that name
 * @example resolveTarget('dev', { servers: ['git'], groups: [{ id: '1', name: 'dev', servers: [{ name: 'git' }] }], enableGroupNameRoute: true })
 */
export function resolveTarget(target: string, names: TargetNames): Target | undefined {
  const named = namedTarget(target, names);
  if (named !== undefined) return named;
  const searched = searchedTarget(target);
  const found = searched === undefined ? undefined : namedTarget(searched, names);
  return found === undefined ? undefined : { ...found, kind: 'smart' };
}

function namedTarget(target: string, names: TargetNames): Target | undefined {
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

/** The groups of the settings: an absent id is the name, and what is `all` is left out. */
export function groupsOf(settings: Pick<Settings, 'groups'>): TargetGroup[] {
  return settings.groups.map((group) => ({
    id: group.id || group.name,
    name: group.name,
    servers: group.servers.map((server) => (typeof server === 'string' ? { name: server } : targetServer(server))),
  }));
}

/** The fields that coordinators and nodes tell each other of a group's server, and no other. */
export function targetServer(server: {
  name: string;
  alias?: string | undefined;
  tools?: ItemSelection | 'all' | undefined;
  prompts?: ItemSelection | 'all' | undefined;
  resources?: ItemSelection | 'all' | undefined;
}): TargetServer {
  const result: TargetServer = { name: server.name };
  if (server.alias !== undefined) result.alias = server.alias;
  for (const field of ['tools', 'prompts', 'resources'] as const) {
    const selection = server[field];
    if (selection !== undefined && selection !== 'all') result[field] = selection;
  }
  return result;
}
