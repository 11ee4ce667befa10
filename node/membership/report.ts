import type { GroupReport, ServerReport } from '../../cluster/payload.ts';
import { groupsOf } from '../../settings/targets.ts';
import { transportOf } from '../../settings/transport.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { inUse } from '../sessions/in-use.ts';
import { retryableTools } from './retryable-tools.ts';
import type { Cursors, MembershipReport } from './seat.ts';

/** What only the node itself knows of its state. */
export interface NodeState {
  zone: string | undefined;
  instance: string;
  leaving: boolean;
  /** Tags of the nodes that coordinators told of. */
  members: readonly string[];
}

/** What a node tells a coordinator that has heard of everything up to these cursors. */
export function membershipReport(
  hub: Hub,
  state: NodeState,
  cursors: Cursors,
): { report: MembershipReport; cursors: Cursors } {
  const { sessions, settings, version, tag, startedAt, draining } = hub;
  const { systemConfig } = settings.current;
  const adopted = sessions.adopted.report(cursors.adopted);
  const buried = sessions.graves.since(cursors.buried, CONFIG.maxBuried);
  const isFirst = cursors.adopted === undefined;
  const serverStatus = statusOf(hub);
  const up = Object.entries(serverStatus).filter(([, { status }]) => status === 'connected' || status === 'idle');
  return {
    report: {
      servers: up.map(([name]) => name),
      metadata: {
        version,
        tag,
        zone: state.zone,
        revision: systemConfig.cluster.revision,
        instance: state.instance,
        startedAt,
        draining,
        ...(state.leaving ? { leaving: true } : {}),
        sessions: sessions.size,
        inFlight: sessions.inFlight,
        principals: sessions.countByPrincipal(inUse(hub)),
        serverStatus,
        nameSeparator: systemConfig.nameSeparator,
        groups: groupsOf(settings.current) as GroupReport[],
        adopted: adopted.report,
        ...(buried.keys.length > 0 ? { buried: buried.keys } : {}),
        heard: cursors.heard,
        dropped: cursors.dropped,
        ...(isFirst && state.members.length > 0 ? { members: [...state.members] } : {}),
      },
    },
    cursors: { ...cursors, adopted: adopted.cursor, buried: buried.cursor },
  };
}

function statusOf({ hosts, settings }: Hub): Record<string, ServerReport> {
  const { nameSeparator: separator } = settings.current.systemConfig;
  return Object.fromEntries(
    Object.entries(hosts.reports()).map(([name, report]) => {
      const hosted = hosts.own(name);
      const retryable = retryableTools(hosted, separator);
      const digest = hosted?.catalog.digest(hosted.host.known);
      const warnings = hosted?.catalog.warnings.all() ?? [];
      return [
        name,
        {
          ...report,
          ...(retryable.length === 0 ? {} : { retryable }),
          ...(digest === undefined ? {} : { digest }),
          ...(hosted?.host.own ? { perSessionClient: true, needsState: hosted.host.needsState } : {}),
          ...(hosted !== undefined && transportOf(hosted.config) !== 'stdio' ? { remote: true } : {}),
          ...(warnings.length === 0 ? {} : { warnings }),
          ...passedOn(hosted),
          ...factsOf(hosted),
        },
      ];
    }),
  );
}

function passedOn(hosted: Hosted | undefined): Pick<ServerReport, 'passthroughHeaders'> {
  const names = hosted?.config.passthroughHeaders ?? [];
  return names.length === 0 ? {} : { passthroughHeaders: names.map((name) => name.toLowerCase()) };
}

/** What the server said of itself, as far as it was asked. */
function factsOf(hosted: Hosted | undefined): Pick<ServerReport, 'transport' | 'protocol' | 'version' | 'tools'> {
  const known = hosted?.host.known;
  const tools = hosted?.catalog.peek('tools');
  return {
    ...(known === undefined || hosted?.host.transport === undefined ? {} : { transport: hosted.host.transport }),
    ...(known?.protocolVersion ? { protocol: known.protocolVersion.slice(0, 64) } : {}),
    ...(known?.serverInfo.version ? { version: known.serverInfo.version.slice(0, 256) } : {}),
    ...(tools === undefined ? {} : { tools: tools.length }),
  };
}
