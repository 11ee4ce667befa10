import { isDeepStrictEqual } from 'node:util';
import type { ServerConfig, Settings } from './schema.ts';
import { transportOf } from './transport.ts';

/** Names of servers, by what a change of the settings means for them; each name is in one list at most. */
export interface SettingsDiff {
  readonly added: string[];
  readonly removed: string[];
  /** Stop and start: what its process or connection is made from is another, or `enabled` is. */
  readonly changed: string[];
  /** Keep the process: only what a client is shown (tools, prompts, resources, description) or an unknown key is another. */
  readonly adjusted: string[];
}

/**
 * Compares the servers of two settings whose variables are expanded, so that only those restart whose own entry changed.
 * The order of keys does not matter, nor does whether a default is written out.
 *
 * @param sameInstall false when `systemConfig.install` changed as well: it is in the environment of every program
 */
export function settingsDiff(
  previous: Settings['mcpServers'],
  next: Settings['mcpServers'],
  sameInstall = true,
): SettingsDiff {
  const diff: SettingsDiff = { added: [], removed: [], changed: [], adjusted: [] };
  for (const name of Object.keys(previous)) {
    if (!Object.hasOwn(next, name)) diff.removed.push(name);
  }
  for (const [name, config] of Object.entries(next)) {
    const before = Object.hasOwn(previous, name) ? previous[name] : undefined;
    const list = before === undefined ? 'added' : compare(before, config, sameInstall);
    if (list !== undefined) diff[list].push(name);
  }
  return diff;
}

function compare(before: ServerConfig, after: ServerConfig, sameInstall: boolean): 'changed' | 'adjusted' | undefined {
  const restart = !sameInstall && transportOf(after) === 'stdio';
  if (restart || !isDeepStrictEqual(hosting(before), hosting(after))) return 'changed';
  return isDeepStrictEqual(before, after) ? undefined : 'adjusted';
}

/** What decides how a server runs, with the defaults filled in. */
function hosting(config: ServerConfig) {
  return {
    enabled: config.enabled ?? true,
    refused: config.refused,
    transport: transportOf(config),
    command: config.command,
    args: config.args ?? [],
    env: config.env ?? {},
    cwd: config.cwd,
    url: config.url,
    headers: config.headers ?? {},
    ca: config.ca,
    perSessionClient: config.perSessionClient ?? false,
    startOnDemand: config.startOnDemand ?? false,
    idleTimeoutMs: config.idleTimeoutMs,
    options: config.options ?? {},
    openapi: config.openapi,
  };
}
