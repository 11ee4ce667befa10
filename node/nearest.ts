import type { Lanes } from './bridge/lanes.ts';
import type { Hosted } from './hosts.ts';
import type { Connection } from './servers/connection.ts';
import { ServerUnavailableError } from './servers/errors.ts';
import type { Caller } from './sessions/caller.ts';

/** See {@link Hub.nearest}. */
export function nearest({ modern }: Caller, hosted: Hosted): Hosted {
  if (modern?.fromNode) {
    if (hosted.elsewhere)
      throw new ServerUnavailableError(hosted.name, 'the node that was asked for it does not have it');
    return hosted;
  }
  const { substitute } = hosted;
  return substitute !== undefined && !isUp(hosted) && isUp(substitute) ? substitute : hosted;
}

/** Started on demand counts: the first request starts it. */
function isUp({ host }: Hosted): boolean {
  return host.report.status === 'connected' || host.report.status === 'idle';
}

/** The connection over which the lists of a server are read: one that all share, or a process that serves no client. */
export function listConnection(hosted: Hosted, lanes: Lanes): Promise<Connection> {
  const { host } = hosted;
  return host.own && !host.allModern ? host.connection(lanes.listPeer(hosted)) : host.connection();
}
