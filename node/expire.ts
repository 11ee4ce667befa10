import type { Joined } from './elsewhere/join.ts';
import type { Hub } from './hub.ts';
import { endIdleProcesses } from './own-processes.ts';
import type { ClientPings } from './sessions/ping.ts';
import { isHeard } from './shared-events.ts';

/** Ends what a node has kept for long enough: sessions, clients that give no sign of life, processes, servers of other nodes. */
export function expire(hub: Hub, pings: ClientPings, joined: Joined | undefined): void {
  const { stickySessionTimeout, maxSessionAge } = hub.settings.current.systemConfig.cluster.coordinator;
  hub.sessions.sweep(stickySessionTimeout, maxSessionAge);
  pings.look();
  hub.lanes.sweep((owner) => isHeard(hub, owner));
  joined?.expire();
  endIdleProcesses(hub);
}
