import { bearerAuthRequired, enabledBearerKeys } from './bearer-keys.ts';
import { clusterModeOf } from './cluster-mode.ts';
import { nameWarnings } from './name-warnings.ts';
import { formatPath } from './path.ts';
import type { ServerConfig, Settings } from './schema.ts';
import { groupsOf } from './targets.ts';
import { transportOf } from './transport.ts';

/** MCPHub's rule for names of servers. */
const SERVER_NAME = /^(?!.*\.\.)[A-Za-z0-9._-]{1,128}$/;

/** Sentences about settings that are valid and likely not meant, each with the JSON path. */
export function settingsWarnings(settings: Settings): string[] {
  const servers = Object.entries(settings.mcpServers).flatMap(([name, config]) => serverWarnings(name, config));
  return [
    ...servers,
    ...groupWarnings(settings),
    ...nameWarnings(settings),
    ...accessWarnings(settings),
    ...clusterWarnings(settings),
  ];
}

function serverWarnings(name: string, config: ServerConfig): string[] {
  const where = formatPath(['mcpServers', name]);
  const warnings: string[] = [];
  if (!SERVER_NAME.test(name)) {
    warnings.push(`${where}: the name should be 1 to 128 characters of A-Z a-z 0-9 . _ - without ".."`);
  }
  if (config.enabled === false || config.refused !== undefined) return warnings;
  const transport = transportOf(config);
  const needed = transport === 'stdio' ? 'command' : 'url';
  if (transport === 'openapi') warnings.push(`${where}: openapi servers are not served; the entry is kept and ignored`);
  else if (config[needed] === '') warnings.push(`${where}.${needed}: it is empty, so this server cannot start`);
  return warnings;
}

function groupWarnings(settings: Settings): string[] {
  const standalone = clusterModeOf(settings) === 'standalone';
  const seen = new Set<string>();
  return groupsOf(settings).flatMap((group, index) => {
    const where = formatPath(['groups', index]);
    const warnings: string[] = [];
    for (const key of new Set([group.id, group.name])) {
      if (seen.has(key)) warnings.push(`${where}: another group before it is called "${key}" as well and wins`);
      seen.add(key);
    }
    // Members of a cluster may leave a group's servers to other nodes.
    const strangers = standalone ? group.servers.filter(({ name }) => !Object.hasOwn(settings.mcpServers, name)) : [];
    return [...warnings, ...strangers.map(({ name }) => `${where}.servers: "${name}" is not in mcpServers`)];
  });
}

function accessWarnings(settings: Settings): string[] {
  const ids = settings.bearerKeys.map(({ id }) => id);
  const shared = ids.flatMap((id, index) =>
    id === undefined || ids.indexOf(id) === index
      ? []
      : `${formatPath(['bearerKeys', index, 'id'])}: another key has it as well, so both can use the same sessions`,
  );
  if (!bearerAuthRequired(settings) || enabledBearerKeys(settings).length > 0) return shared;
  return [
    ...shared,
    'systemConfig.routing.enableBearerAuth: it is true and no bearer key is enabled, so no client can connect',
  ];
}

function clusterWarnings(settings: Settings): string[] {
  const { node, coordinator } = settings.systemConfig.cluster;
  if (clusterModeOf(settings) === 'standalone' || node.heartbeatInterval < coordinator.nodeTimeout) return [];
  return [
    `systemConfig.cluster.node.heartbeatInterval: ${node.heartbeatInterval} ms is not below coordinator.nodeTimeout ` +
      `(${coordinator.nodeTimeout} ms), so nodes would be taken for dead between heartbeats`,
  ];
}
