import type { Lanes } from './bridge/lanes.ts';
import type { Hosted, Hosts } from './hosts.ts';
import type { Connection } from './servers/connection.ts';
import { ServerUnavailableError } from './servers/errors.ts';
import type { Caller } from './sessions/caller.ts';

/** See {@link Hub.nearest}. */
export function nearest(hosts: Hosts, { modern }: Caller, hosted: Hosted): Hosted {
  if (modern?.fromNode) {
    if (!hosted.elsewhere) return hosted;
    throw new ServerUnavailableError(hosted.name, 'the node that was asked for it does not have it');
  }
  if (hosted.elsewhere || isUp(hosted)) return hosted;
  const substitute = hosts.elsewhere.get(hosted.name);
  return substitute !== undefined && isUp(substitute) ? substitute : hosted;
}

/** The server whose lists are shown: this node's own, also while it is down, unless it never gave any. */
export function listed(hosts: Hosts, hosted: Hosted): Hosted {
  if (hosted.elsewhere || isUp(hosted) || hosted.catalog.peek('tools') !== undefined) return hosted;
  return hosts.elsewhere.get(hosted.name) ?? hosted;
}

/** Started on demand counts: the first request starts it. */
function isUp({ host }: Hosted): boolean {
  return host.report.status === 'connected' || host.report.status === 'idle';
}

/** The connection over which the lists of a server are read: one that all share, or a process that serves no client. */
export function listConnection(hosted: Hosted, lanes: Lanes): Promise<Connection> {
  const { host } = hosted;
  return host.own ? lanes.lister(hosted) : host.connection(undefined, true);
}
