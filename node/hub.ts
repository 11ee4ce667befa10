import type { Logger } from 'pino';
import type { Boundary } from '../cluster/boundary.ts';
import type { SettingsSource } from '../settings/store.ts';
import type { TargetGroup } from '../settings/targets.ts';
import type { Lanes } from './bridge/lanes.ts';
import type { Pins } from './bridge/pins.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ListKind } from './catalog/lists.ts';
import type { View } from './catalog/view.ts';
import type { NodeTiming } from './config.ts';
import type { Hosted, Hosts } from './hosts.ts';
import type { NodeMetrics } from './metrics.ts';
import type { Listener } from './modern/listener.ts';
import type { Connection } from './servers/connection.ts';
import type { SessionPeer } from './servers/host.ts';
import type { Caller } from './sessions/caller.ts';
import type { Session } from './sessions/session.ts';
import type { Sessions } from './sessions/sessions.ts';

/** What the handlers of requests work with. */
export interface Hub {
  readonly settings: SettingsSource;
  readonly hosts: Hosts;
  readonly sessions: Sessions;
  /** Open `subscriptions/listen` of modern clients. */
  readonly listeners: Set<Listener>;
  /** Processes that serve modern requests at servers with a process for each client. */
  readonly lanes: Lanes;
  /** What clients bring back. */
  readonly pins: Pins;
  readonly metrics: NodeMetrics;
  readonly log: Logger;
  readonly boundary: Boundary;
  readonly version: string;
  /** Stands for the node in session ids. */
  readonly tag: string;
  /** Epoch milliseconds of the start of the node. */
  readonly startedAt: number;
  /** The node ends: it begins nothing that another one could do. */
  readonly draining: boolean;
  readonly timing: NodeTiming;
  /** The node's own groups and those that its coordinators told it. */
  groups(): readonly TargetGroup[];
  /** Asks the coordinators for their groups, which they may have got since the last heartbeat. */
  refreshGroups(): Promise<void>;
  /** What a target shows now; undefined when nothing has that name. */
  findView(target: string): View | undefined;
  /** What a session sees now; a target that has gone shows nothing. */
  view(caller: Pick<Caller, 'target'>): View;
  /**
   * The server as this node reaches it best: its own, or that of another node while its own is down.
   * @throws ServerUnavailableError when another node asks for a server that this one does not have
   */
  nearest(caller: Caller, hosted: Hosted): Hosted;
  /** The session as servers with a process per session see it. */
  peer(session: Session): SessionPeer;
  /** The connection that serves a session at a server: its own, or the shared one; started if need be. May reject. */
  connect(caller: Caller, hosted: Hosted): Connection | Promise<Connection>;
  /** Begins to connect a session to a server, so that its first request need not wait. */
  prepare(caller: Caller, hosted: Hosted): void;
  /** Tells everybody who sees a server that lists of it are others than before. */
  announce(hosted: Hosted, kinds: readonly ListKind[]): void;
  /** The lists that a session gets from a server: its own process's, or the shared ones. */
  catalog(caller: Caller, hosted: Hosted): Catalog;
}
