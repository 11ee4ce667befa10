import { decodeHeaderValue } from '../../mcp/header-value.ts';
import { isDerived, ShownNames } from '../../settings/shown-names.ts';
import type { Target } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';
import type { RequestHead } from '../edge/head.ts';

/** What stands before the separator, to the server that it stands for, and the names that follow from it. */
interface Prefixes {
  servers: ReadonlyMap<string, string>;
  /** For each separator that nodes have. */
  names: readonly ShownNames[];
}

/** Kept with the target, which is another object as soon as nodes or settings have changed. */
const kept = new WeakMap<Target, Prefixes>();

/**
 * The server whose tool or prompt a modern request names, so that it reaches a node that has it. Only that is decided here: a
 * name that is taken for another server's costs one hop more.
 * @returns undefined when the request names none, and for a target that is a server itself
 */
export function namedServer(
  { registry, settings }: RouterContext,
  target: Target,
  { mcpMethod, mcpName }: Pick<RequestHead, 'mcpMethod' | 'mcpName'>,
): string | undefined {
  if (mcpMethod !== 'tools/call' && mcpMethod !== 'prompts/get') return undefined;
  if (mcpName === undefined || (target.kind !== 'all' && target.kind !== 'group')) return undefined;
  const name = decodeHeaderValue(mcpName);
  if (name === undefined) return undefined;
  let prefixes = kept.get(target);
  if (prefixes === undefined) {
    const separators = new Set([settings.current.systemConfig.nameSeparator]);
    for (const { metadata } of registry.nodes.values()) {
      if (metadata?.nameSeparator) separators.add(metadata.nameSeparator);
    }
    prefixes = prefixesOf(target, [...separators]);
    kept.set(target, prefixes);
  }
  return longestMatch(name, prefixes);
}

function prefixesOf({ servers }: Target, separators: readonly string[]): Prefixes {
  const byPrefix = new Map(servers.map(({ name, alias }) => [alias ?? name, name]));
  const names = separators.map((separator) => new ShownNames(byPrefix.keys(), { separator, portable: true }));
  return { servers: byPrefix, names };
}

/** Names of servers may contain the separator, so the longest name that fits is meant. */
function longestMatch(name: string, { names, servers }: Prefixes): string | undefined {
  const derived = isDerived(name);
  let longest: string | undefined;
  for (const each of names) {
    for (const owner of [each.ownerOf(name), derived ? each.sourcesOf(name)[0] : undefined]) {
      if (owner !== undefined && owner.length > (longest?.length ?? -1)) longest = owner;
    }
  }
  return longest === undefined ? undefined : servers.get(longest);
}
