import type { McpHubClusterSpec, ServerStatusEntry } from '../../api/types.ts';
import type { NodeReading, ServerReading } from '../../hub/view.ts';

const LONGEST_REASON = 4_096;
const MOST = 1_024;

/** From the best to the worst. */
const ORDER: readonly ServerStatusEntry['status'][] = [
  'connected',
  'idle',
  'connecting',
  'failed',
  'disabled',
  'unknown',
];

/** Each server of the spec and each that a node reports, by name, in the state that it has where it does best. */
export function serverEntries(spec: McpHubClusterSpec, nodes: readonly NodeReading[]): ServerStatusEntry[] {
  const active = nodes.filter((node) => node.active);
  const names = new Set([
    ...Object.keys(spec.mcpServers ?? {}),
    ...active.flatMap(({ servers }) => Object.keys(servers)),
  ]);
  return [...names]
    .sort()
    .slice(0, MOST)
    .map((name) => entryOf(name, isDisabled(spec, name), active));
}

/** Up, or started as soon as somebody asks. */
export function isUp({ status }: ServerStatusEntry): boolean {
  return status === 'connected' || status === 'idle';
}

function isDisabled({ mcpServers = {} }: McpHubClusterSpec, name: string): boolean {
  return Object.hasOwn(mcpServers, name) && mcpServers[name]?.enabled === false;
}

function entryOf(name: string, disabled: boolean, nodes: readonly NodeReading[]): ServerStatusEntry {
  if (disabled) return { name, replicas: 0, status: 'disabled' };
  const readings = nodes.flatMap(({ servers }) => (Object.hasOwn(servers, name) ? (servers[name] ?? []) : []));
  const best = readings.toSorted((a, b) => rank(a) - rank(b))[0];
  if (best === undefined) return { name, replicas: 0, status: 'unknown', reason: 'no node reports it' };
  const { status, reason, protocol, version, tools } = best;
  return {
    name,
    replicas: readings.filter((reading) => rank(reading) <= rank({ status: 'idle' })).length,
    status,
    ...(reason === undefined ? {} : { reason: reason.slice(0, LONGEST_REASON) }),
    ...(protocol === undefined ? {} : { protocol: protocol.slice(0, 64) }),
    ...(version === undefined ? {} : { version: version.slice(0, 256) }),
    ...(tools === undefined ? {} : { tools }),
  };
}

function rank({ status }: Pick<ServerReading, 'status'>): number {
  return ORDER.indexOf(status);
}
