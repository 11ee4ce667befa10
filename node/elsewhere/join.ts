import type { Announcer } from '../catalog/announcer.ts';
import type { Hosted, Hosts } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { endUntied } from '../modern/tied.ts';
import { resubscribe } from '../subscriptions.ts';
import { type CoordinatorAddress, Coordinators } from './coordinators.ts';
import { Elsewhere } from './elsewhere.ts';
import { ServerTable } from './server-table.ts';

export interface JoinOptions {
  hub: Hub;
  hosts: Hosts;
  announcer: Announcer;
  /** Coordinators that know this node. */
  addresses: () => readonly CoordinatorAddress[];
  tokens: () => readonly string[];
  /** Servers came or went: what targets show is to be made anew. */
  onServers: () => void;
}

export interface Joined {
  /** Forgets what has been away for too long. */
  expire(): void;
  stop(): Promise<void>;
}

/** Makes the servers of the other nodes part of this one, as coordinators tell of them. */
export function joinCluster({ hub, hosts, announcer, addresses, tokens, onServers }: JoinOptions): Joined {
  const { log, tag, version, settings } = hub;
  const coordinators = new Coordinators({ addresses, tokens, tag, log });
  const follow = (hosted: Hosted) => {
    hosted.host.on('notification', (notification, owners) => hosts.emit('notification', hosted, notification, owners));
    hosted.host.on(
      'status',
      hub.boundary('status of a server elsewhere', () => endUntied(hub)),
    );
    hosted.host.on(
      'connected',
      hub.boundary('start of a server elsewhere', () => resubscribe(hub, hosted)),
    );
  };
  const elsewhere = new Elsewhere({
    coordinators,
    tag,
    version,
    log,
    grace: () => settings.current.systemConfig.cluster.catalogGrace,
    onAdded: follow,
    onChanged: (hosted, kinds) => announcer.changed(shownAs(hosts, hosted), kinds),
  });
  hosts.elsewhere = elsewhere;
  const table = new ServerTable(coordinators, log, (servers) => {
    if (elsewhere.learn(servers)) onServers();
  });
  void table.follow();
  return {
    expire: () => {
      if (elsewhere.expire()) onServers();
    },
    stop: async () => {
      table.stop();
      await elsewhere.stop();
      await coordinators.close();
    },
  };
}

/** What views show under the name of a server that runs here as well. */
function shownAs(hosts: Hosts, hosted: Hosted): Hosted {
  return hosts.get(hosted.name) ?? hosted;
}
