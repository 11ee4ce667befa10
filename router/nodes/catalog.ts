import type { GroupReport, ServerReport } from '../../cluster/payload.ts';
import type { SettingsSource } from '../../settings/store.ts';
import { groupsOf, resolveTarget, type Target, type TargetGroup, targetServer } from '../../settings/targets.ts';
import { isPlaceable } from './node-entry.ts';
import type { Registry } from './registry.ts';

/** What clients can ask for: the servers and groups of the coordinator's settings and of all nodes. */
export interface Catalog {
  /** Enabled servers, wherever they are configured. */
  servers(): readonly string[];
  /** The coordinator's groups first, then those of the nodes that have another id and name. */
  groups(): readonly TargetGroup[];
  /** The coordinator's own groups, which nodes use beside theirs. */
  ownGroups(): readonly TargetGroup[];
  resolve(target: string): Target | undefined;
  /** Why these servers are not up anywhere, for an error message. */
  reasons(servers: readonly string[]): string;
}

interface View {
  servers: readonly string[];
  groups: readonly TargetGroup[];
  resolved: Map<string, Target | undefined>;
}

/** Makes a catalogue that is derived again only when the registry or the settings have changed. */
export function createCatalog(settings: SettingsSource, registry: Registry): Catalog {
  let view: View | undefined;
  let derivedFrom: { version: number; settings: unknown } = { version: -1, settings: undefined };
  let own: { groups: readonly TargetGroup[]; settings: unknown } = { groups: [], settings: undefined };

  /** Each heartbeat asks for them, so they do not wait for the rest to be derived anew. */
  function ownGroups(): readonly TargetGroup[] {
    if (own.settings !== settings.current) own = { groups: groupsOf(settings.current), settings: settings.current };
    return own.groups;
  }

  function current(): View {
    if (view !== undefined && derivedFrom.version === registry.version && derivedFrom.settings === settings.current) {
      return view;
    }
    derivedFrom = { version: registry.version, settings: settings.current };
    view = derive(settings, registry, ownGroups());
    return view;
  }

  return {
    servers: () => current().servers,
    groups: () => current().groups,
    ownGroups,
    resolve(target) {
      const { servers, groups, resolved } = current();
      if (resolved.has(target)) return resolved.get(target);
      const { enableGroupNameRoute } = settings.current.systemConfig.routing;
      const found = resolveTarget(target, { servers, groups, enableGroupNameRoute });
      if (resolved.size < 1_000) resolved.set(target, found);
      return found;
    },
    reasons: (servers) => reasons(registry, servers),
  };
}

function derive(settings: SettingsSource, registry: Registry, own: readonly TargetGroup[]): View {
  const servers = new Set<string>();
  for (const [name, server] of Object.entries(settings.current.mcpServers)) {
    if (server.enabled !== false) servers.add(name);
  }
  const groups = [...own];
  for (const node of registry.nodes.values()) {
    for (const name of node.servers) servers.add(name);
    for (const [name, report] of Object.entries(node.metadata?.serverStatus ?? {})) {
      if (report.status !== 'disabled') servers.add(name);
    }
    for (const group of node.metadata?.groups ?? []) addGroup(groups, group);
  }
  return { servers: [...servers], groups, resolved: new Map() };
}

function addGroup(groups: TargetGroup[], { id, name, servers }: GroupReport): void {
  if (groups.some((known) => known.id === id || known.name === name)) return;
  groups.push({ id, name, servers: servers.map(targetServer) });
}

function reasons(registry: Registry, servers: readonly string[]): string {
  const nodes = [...registry.nodes.values()];
  if (nodes.length === 0) return 'no node has registered';
  if (!nodes.some(isPlaceable)) return 'all nodes are down, draining or unreachable';
  const texts: string[] = [];
  for (const server of servers) {
    for (const node of nodes) {
      const report = node.metadata?.serverStatus?.[server];
      if (report !== undefined && !node.servers.has(server)) texts.push(describe(server, node.id, report));
    }
  }
  return texts.length > 0 ? texts.join('; ') : 'no node that hosts it is up';
}

function describe(server: string, node: string, report: ServerReport): string {
  return `${server} is ${report.status} on ${node}${report.reason === undefined ? '' : ` (${report.reason})`}`;
}
