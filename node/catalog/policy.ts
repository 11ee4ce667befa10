import type { ServerConfig } from '../../settings/schema.ts';
import type { ItemOverride, ItemSelection, TargetServer } from '../../settings/targets.ts';
import type { ListKind } from './lists.ts';
import { withoutPrefix } from './names.ts';
import { matchesTemplate } from './uri-template.ts';

/** How clients see one item of a server. */
export interface ItemRule {
  enabled: boolean;
  /** The bare name or URI under which they see it. */
  name: string;
  /** Absent: the server's own. */
  description?: string | undefined;
}

/** What settings and group make of one list of one server. */
export interface Policy {
  /** @param own the name or URI by which the server itself knows the item */
  rule(own: string): ItemRule;
  /**
   * Which of the server's own names may be meant by a shown bare name, the likeliest first; none when there is no such
   * name. Only the server's list tells which of several it is.
   */
  candidates(shown: string): readonly string[];
}

export interface PolicyContext {
  config: ServerConfig;
  /** What the group says of the server. */
  target: TargetServer;
  separator: string;
}

type Overrides = ReadonlyMap<string, ItemOverride>;

/** Most servers have no overrides: one object serves them all. */
const NOTHING_SAID: Policy = {
  rule: (own) => ({ enabled: true, name: own }),
  candidates: (shown) => [shown],
};

/** Reads what settings and group say, once, so that each item costs a few look-ups. */
export function createPolicy(kind: ListKind, { config, target, separator }: PolicyContext): Policy {
  const field = kind === 'templates' ? 'resources' : kind;
  const ofServer = overridesOf(config[field]);
  const selection: ItemSelection | undefined = target[field];
  if (ofServer.size === 0 && selection === undefined) return NOTHING_SAID;
  const isUri = field === 'resources';
  const prefixes = isUri ? [] : [...new Set([target.name, target.alias ?? target.name])];
  const listed = Array.isArray(selection) ? keysOf(selection, isUri) : undefined;
  const ofGroup = Array.isArray(selection) ? new Map<string, ItemOverride>() : overridesOf(selection);
  const serverFinder = finder(ofServer, isUri);
  const groupFinder = finder(ofGroup, isUri);

  /** The names by which settings may call an item, the most certain first. */
  const spelled = (name: string) => [name, ...prefixes.map((prefix) => `${prefix}${separator}${name}`)];

  function rule(own: string): ItemRule {
    const server = first(spelled(own), serverFinder);
    const renamed = isUri ? undefined : server?.name;
    const names = spelled(own);
    // The group may call it by its new name, unless that is how it must call another tool of the server.
    if (renamed !== undefined && renamed !== own && !isShownItself(ofServer, renamed)) names.push(...spelled(renamed));
    const group = first(names, groupFinder);
    return {
      enabled:
        (group?.enabled ?? server?.enabled ?? true) && (listed === undefined || names.some((name) => listed(name))),
      name: (isUri ? undefined : (group?.name ?? renamed)) ?? own,
      description: group?.description ?? server?.description,
    };
  }

  const renames = isUri
    ? new Map<string, string[]>()
    : renamesOf([...ofServer.keys(), ...ofGroup.keys()], { ofServer, prefixes, separator, rule });

  return {
    rule,
    candidates(shown) {
      const renamed = renames.get(shown) ?? [];
      const itself = rule(shown).name === shown ? [shown] : [];
      const isEnabled = (own: string) => rule(own).enabled;
      return [...renamed.filter(isEnabled), ...itself, ...renamed.filter((own) => !isEnabled(own))];
    },
  };
}

/** Shown bare names to the own names that may be behind them. */
function renamesOf(
  keys: readonly string[],
  context: { ofServer: Overrides; prefixes: readonly string[]; separator: string; rule: Policy['rule'] },
): Map<string, string[]> {
  const { ofServer, prefixes, separator, rule } = context;
  /** A prefixed key more likely means the bare name, since that is how MCPHub writes it. */
  const bare = (key: string) => [...prefixes.flatMap((prefix) => withoutPrefix(prefix, separator, key) ?? []), key];
  const own = keys.flatMap(bare);
  // A key of a group may be the name that the server's settings gave.
  const given = [...ofServer].flatMap(([key, { name }]) => (name !== undefined && own.includes(name) ? bare(key) : []));
  const renames = new Map<string, string[]>();
  for (const name of new Set([...own, ...given])) {
    const shown = rule(name).name;
    if (shown !== name) renames.set(shown, [...(renames.get(shown) ?? []), name]);
  }
  return renames;
}

function overridesOf(overrides: Record<string, ItemOverride> | undefined): Overrides {
  return new Map(Object.entries(overrides ?? {}));
}

function isShownItself(overrides: Overrides, name: string): boolean {
  const said = overrides.get(name);
  return said !== undefined && said.enabled !== false;
}

function first<T>(names: readonly string[], find: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A look-up in which a URI template stands for all URIs that it describes, where nothing is said of the URI itself. */
function finder(overrides: Overrides, isUri: boolean): (name: string) => ItemOverride | undefined {
  const templates = isUri ? [...overrides].filter(([key]) => key.includes('{')) : [];
  if (templates.length === 0) return (name) => overrides.get(name);
  return (name) => overrides.get(name) ?? templates.find(([template]) => matchesTemplate(template, name))?.[1];
}

function keysOf(names: readonly string[], isUri: boolean): (name: string) => boolean {
  const set = new Set(names);
  const templates = isUri ? names.filter((name) => name.includes('{')) : [];
  return (name) => set.has(name) || templates.some((template) => matchesTemplate(template, name));
}
