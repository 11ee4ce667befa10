import { withoutPrefix } from '../../settings/shown-names.ts';
import type { ItemOverride, ItemSelection } from '../../settings/targets.ts';
import type { ItemRule, Policy, PolicyContext } from './policy.ts';

type Overrides = ReadonlyMap<string, ItemOverride>;

/** The policy of tools or prompts, which settings and group can rename, and call by bare and by prefixed names. */
export function namePolicy(
  overrides: Record<string, ItemOverride> | undefined,
  selection: ItemSelection | undefined,
  { target, separator }: Pick<PolicyContext, 'target' | 'separator'>,
): Policy {
  const ofServer = overridesOf(overrides);
  const prefixes = [...new Set([target.name, target.alias ?? target.name])];
  const listed = Array.isArray(selection) ? new Set(selection) : undefined;
  const ofGroup = Array.isArray(selection) ? overridesOf({}) : overridesOf(selection);

  /** The names by which settings may call an item, the most certain first. */
  const spelled = (name: string) => [name, ...prefixes.map((prefix) => `${prefix}${separator}${name}`)];

  function rule(own: string): ItemRule {
    const server = first(spelled(own), ofServer);
    const renamed = server?.name;
    const names = spelled(own);
    // The group may call it by its new name, unless that is how it must call another tool of the server.
    if (renamed !== undefined && renamed !== own && !isShownItself(ofServer, renamed)) names.push(...spelled(renamed));
    const group = first(names, ofGroup);
    return {
      enabled:
        (group?.enabled ?? server?.enabled ?? true) && (listed === undefined || names.some((name) => listed.has(name))),
      name: group?.name ?? renamed ?? own,
      description: group?.description ?? server?.description,
    };
  }

  const renames = renamesOf([...ofServer.keys(), ...ofGroup.keys()], { ofServer, prefixes, separator, rule });

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

function first(names: readonly string[], overrides: Overrides): ItemOverride | undefined {
  for (const name of names) {
    const found = overrides.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
