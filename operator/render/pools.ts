import { formatPath } from '../../settings/path.ts';
import { DEFAULT_POOL } from '../api/names.ts';
import type { McpHubClusterSpec, NodesSpec } from '../api/types.ts';
import type { SpecProblem } from './input.ts';
import { ownValue } from './json-map.ts';

/** A pool of nodes and the names of the servers that it hosts, in the order of the settings. */
export interface Pool {
  name: string;
  spec: NodesSpec;
  servers: string[];
  /** Where it is in the spec, for messages. */
  path: string;
}

/**
 * The pools of a spec. A server is hosted by the pools that its `pools` names and by those whose `servers` name it;
 * one that nobody names, by `nodes`.
 *
 * @param servers names of all servers, also of those that only `settingsFrom` has
 */
export function poolsOf(
  spec: McpHubClusterSpec,
  servers: readonly string[],
): { pools: Pool[]; problems: SpecProblem[] } {
  const extra = spec.nodePools ?? [];
  const names = new Set([DEFAULT_POOL, ...extra.map(({ name }) => name)]);
  const hosts = (pool: string) => servers.filter((server) => placesOf(spec, server).includes(pool));
  const pools: Pool[] = [
    { name: DEFAULT_POOL, spec: spec.nodes ?? {}, servers: hosts(DEFAULT_POOL), path: 'spec.nodes' },
    ...extra.map((pool, index) => ({
      name: pool.name,
      spec: pool,
      servers: hosts(pool.name),
      path: `spec.nodePools[${index}]`,
    })),
  ];
  return { pools, problems: [...unknownPools(spec, names), ...unknownServers(spec, servers)] };
}

/** Names of the pools that host a server. */
function placesOf(spec: McpHubClusterSpec, server: string): string[] {
  const own = ownValue(spec.mcpServers, server)?.pools ?? [];
  const named = (spec.nodePools ?? []).filter(({ servers = [] }) => servers.includes(server)).map(({ name }) => name);
  const places = [...new Set([...own, ...named])];
  return places.length > 0 ? places : [DEFAULT_POOL];
}

function unknownPools(spec: McpHubClusterSpec, known: ReadonlySet<string>): SpecProblem[] {
  return Object.entries(spec.mcpServers ?? {}).flatMap(([server, { pools = [] }]) =>
    pools.flatMap((pool, index) =>
      known.has(pool)
        ? []
        : {
            path: formatPath(['spec', 'mcpServers', server, 'pools', index]),
            message: `there is no pool "${pool}"; write one of ${[...known].join(', ')}, or add it to spec.nodePools`,
          },
    ),
  );
}

function unknownServers(spec: McpHubClusterSpec, servers: readonly string[]): SpecProblem[] {
  return (spec.nodePools ?? []).flatMap((pool, index) =>
    (pool.servers ?? []).flatMap((server, at) =>
      servers.includes(server)
        ? []
        : {
            path: `spec.nodePools[${index}].servers[${at}]`,
            message: `there is no server "${server}"; add it to spec.mcpServers, or remove the name`,
          },
    ),
  );
}
