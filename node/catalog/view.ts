import type { Settings } from '../../settings/schema.ts';
import { resolveTarget, type TargetGroup } from '../../settings/targets.ts';
import type { Hosted, Hosts } from '../hosts.ts';

/** A server as one target shows it. */
export interface ViewServer {
  hosted: Hosted;
  /** Bare names of the tools that the group allows; absent means all. */
  tools?: ReadonlySet<string>;
}

/** What a target shows: its servers in the order of the settings, and how their tools are named. */
export interface View {
  target: string;
  kind: 'all' | 'group' | 'server';
  servers: readonly ViewServer[];
  separator: string;
  /** Two views with the same fingerprint show the same to a client, as far as settings decide. */
  fingerprint: string;
}

export interface ViewContext {
  settings: Settings;
  hosts: Hosts;
  /** The node's own groups and its coordinators'. */
  groups: readonly TargetGroup[];
}

/** @returns undefined when nothing has the name `target` */
export function createView(target: string, { settings, hosts, groups }: ViewContext): View | undefined {
  const resolved = resolveTarget(target, {
    servers: hosts.enabledNames(),
    groups,
    enableGroupNameRoute: settings.systemConfig.routing.enableGroupNameRoute,
  });
  if (resolved === undefined) return undefined;
  const servers = resolved.servers.flatMap(({ name, tools }) => {
    const hosted = hosts.get(name);
    if (hosted === undefined || hosted.config.enabled === false) return [];
    return [tools === undefined ? { hosted } : { hosted, tools: new Set(tools) }];
  });
  const separator = settings.systemConfig.nameSeparator;
  return { target, kind: resolved.kind, servers, separator, fingerprint: fingerprint(servers, separator) };
}

/** A view of a target that is gone: sessions on it stay, and see nothing. */
export function emptyView(target: string, separator: string): View {
  return { target, kind: 'group', servers: [], separator, fingerprint: '' };
}

function fingerprint(servers: readonly ViewServer[], separator: string): string {
  return JSON.stringify([
    separator,
    servers.map(({ hosted: { name, config }, tools }) => [
      name,
      tools === undefined ? null : [...tools],
      config.tools,
      config.prompts,
      config.resources,
      config.command,
      config.args,
      config.url,
    ]),
  ]);
}
