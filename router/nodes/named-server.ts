import { decodeHeaderValue } from '../../mcp/header-value.ts';
import type { Target } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';
import type { RequestHead } from '../edge/head.ts';

/** How names of tools and prompts begin in a target of several servers. */
interface Prefixes {
  separators: readonly string[];
  /** What stands before the separator, to the server that it stands for. */
  servers: ReadonlyMap<string, string>;
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
  return { separators, servers: new Map(servers.map(({ name, alias }) => [alias ?? name, name])) };
}

/** Names of servers may contain the separator, so the longest name that fits is meant. */
function longestMatch(name: string, { separators, servers }: Prefixes): string | undefined {
  let longest = -1;
  let found: string | undefined;
  for (const separator of separators) {
    // No server is called nothing, so a separator at the very beginning is none.
    for (let at = name.lastIndexOf(separator); at > Math.max(longest, 0); at = name.lastIndexOf(separator, at - 1)) {
      const server = servers.get(name.slice(0, at));
      if (server === undefined) continue;
      longest = at;
      found = server;
    }
  }
  return found;
}
