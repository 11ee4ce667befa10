import type { Settings } from '../../settings/schema.ts';
import { ShownNames } from '../../settings/shown-names.ts';
import { resolveTarget, type Target, type TargetGroup, type TargetServer } from '../../settings/targets.ts';
import type { Hosted, Hosts } from '../hosts.ts';
import type { ListKind } from './lists.ts';
import { createPolicy, type Policy } from './policy.ts';

/** A server as one target shows it. */
export interface ViewServer {
  readonly hosted: Hosted;
  /** What stands before the separator in exposed names: the group's alias, else the server's name. */
  readonly prefix: string;
  readonly policy: Readonly<Record<ListKind, Policy>>;
}

/** What a target shows: its servers in the order of the settings, and how their tools are named. */
export interface View {
  target: string;
  kind: Target['kind'];
  servers: readonly ViewServer[];
  separator: string;
  /** How tools and prompts are called where the target is more than a server. */
  names: ShownNames;
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
  const { nameSeparator: separator, portableNames: portable } = settings.systemConfig;
  const shown = resolved.servers.flatMap((said) => {
    const hosted = hosts.get(said.name);
    return hosted === undefined || hosted.config.enabled === false ? [] : [{ said, hosted }];
  });
  const viewed = shown.map(({ said, hosted }) => viewServer(hosted, said, separator));
  return {
    target,
    kind: resolved.kind,
    servers: viewed,
    separator,
    names: new ShownNames(
      viewed.map(({ prefix }) => prefix),
      { separator, portable },
    ),
    fingerprint: fingerprint(resolved.kind, shown, [separator, portable]),
  };
}

/** A server as a group shows it, or as it is where `said` names it alone. */
export function viewServer(hosted: Hosted, said: TargetServer, separator: string): ViewServer {
  const policy = (kind: ListKind) => createPolicy(kind, { config: hosted.config, target: said, separator });
  return {
    hosted,
    prefix: said.alias ?? hosted.name,
    policy: {
      tools: policy('tools'),
      prompts: policy('prompts'),
      resources: policy('resources'),
      templates: policy('templates'),
    },
  };
}

/** A view of a target that is gone: sessions on it stay, and see nothing. */
export function emptyView(target: string, separator: string): View {
  const names = new ShownNames([], { separator, portable: true });
  return { target, kind: 'group', servers: [], separator, names, fingerprint: '' };
}

function fingerprint(
  kind: View['kind'],
  servers: readonly { said: TargetServer; hosted: Hosted }[],
  naming: readonly [separator: string, portable: boolean],
): string {
  return JSON.stringify([
    naming,
    kind,
    servers.map(({ said, hosted: { config } }) => [
      said,
      config.tools,
      config.prompts,
      config.resources,
      config.command,
      config.args,
      config.url,
    ]),
  ]);
}
