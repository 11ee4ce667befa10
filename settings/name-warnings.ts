import { formatPath } from './path.ts';
import type { Settings } from './schema.ts';
import { nestedHeads } from './shown-names.ts';
import { groupsOf, type TargetServer } from './targets.ts';

/** Sentences about servers whose tools could be taken for those of others, on the route of all servers and in groups. */
export function nameWarnings(settings: Settings): string[] {
  const { nameSeparator } = settings.systemConfig;
  const enabled = Object.entries(settings.mcpServers).flatMap(([name, server]) =>
    server.enabled === false ? [] : name,
  );
  const ofAll = nestedNames(enabled, nameSeparator);
  const ofGroups = groupsOf(settings).flatMap(({ servers }, index) => {
    const nested = nestedNames(servers.map(prefixOf), nameSeparator).filter((text) => !ofAll.includes(text));
    const where = formatPath(['groups', index, 'servers']);
    return [...sharedPrefixes(servers), ...nested].map((text) => `${where}: ${text}`);
  });
  return [...ofAll.map((text) => `mcpServers: ${text}`), ...ofGroups];
}

function prefixOf({ name, alias }: TargetServer): string {
  return alias ?? name;
}

function nestedNames(prefixes: readonly string[], separator: string): string[] {
  return [...nestedHeads(prefixes, separator)].flatMap(([prefix, heads]) =>
    heads.map((head) => {
      const owner = head.slice(0, -separator.length);
      return `names of tools that begin with "${head}" belong to "${owner}", so those of "${prefix}" that would begin so get other names`;
    }),
  );
}

function sharedPrefixes(servers: readonly TargetServer[]): string[] {
  return [...Map.groupBy(servers, prefixOf)].flatMap(([prefix, sharing]) => {
    const names = [...new Set(sharing.map(({ name }) => JSON.stringify(name)))];
    if (names.length < 2) return [];
    return `${names.join(' and ')} are both shown as "${prefix}"; of two tools with one name only that of the longer server name is shown`;
  });
}
