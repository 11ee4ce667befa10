import { formatPath, isObject, type JsonPath } from './path.ts';

const REMEDY =
  'remove the key to serve it to everybody whose key opens it, or set systemConfig.routing.ignoreRestrictions to true';

/**
 * What an entry asks to be kept from whom or what, and this hub cannot keep: users of MCPHub, and lists of the only tools that are
 * shown. A hub must not open by accident, so such a server or group is not served.
 *
 * @param entry of `mcpServers` or `groups`, in our own words
 * @param path where the entry is
 * @returns one sentence for each
 */
export function unkeptRestrictions(entry: unknown, path: JsonPath): string[] {
  if (!isObject(entry)) return [];
  const problems: string[] = [];
  const { visibility = null, sharedWithUsers = null, includeTools = null, tools } = entry;
  const at = (key: string) => formatPath([...path, key]);
  if (visibility !== null && visibility !== 'public') {
    problems.push(`${at('visibility')}: this hub has no users, so nobody is served what is not "public"; ${REMEDY}`);
  }
  if (sharedWithUsers !== null && !(Array.isArray(sharedWithUsers) && sharedWithUsers.length === 0)) {
    problems.push(`${at('sharedWithUsers')}: this hub has no users to share it with; ${REMEDY}`);
  }
  for (const [key, list] of Object.entries({ includeTools, tools: Array.isArray(tools) ? tools : null })) {
    if (list === null) continue;
    const how = 'list the tools in a group: "groups": [{ "name": ..., "servers": [{ "name": ..., "tools": [...] }] }]';
    problems.push(`${at(key)}: a server shows all its tools that are not disabled; ${how}, and ${REMEDY}`);
  }
  return problems;
}

/** An entry without what restricts it, for settings that say so. */
export function withoutRestrictions(entry: unknown): unknown {
  if (!isObject(entry)) return entry;
  const { visibility: _, sharedWithUsers: __, includeTools: ___, ...rest } = entry;
  if (Array.isArray(rest.tools)) delete rest.tools;
  return rest;
}
