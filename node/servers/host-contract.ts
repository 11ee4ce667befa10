import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { ServerReport } from '../../cluster/payload.ts';
import type { JsonRpcNotification } from '../../mcp/jsonrpc.ts';
import type { ServerConfig, SystemConfig } from '../../settings/schema.ts';
import type { Transport } from '../../settings/transport.ts';
import type { HostTiming } from './config.ts';
import type { ClientCapabilities, Connection, ConnectionHandlers, Owner } from './connection.ts';
import type { Guardian } from './guardian.ts';
import type { Subscriptions } from './listening.ts';
import type { Patience } from './patience.ts';
import type { ProcessSlots } from './process-slots.ts';
import type { StartTurns } from './start-turns.ts';
import type { StateOwner } from './state-owner.ts';
import type { StdioContext } from './stdio.ts';

/** A client session as the host sees it, for servers with `perSessionClient`. */
export interface SessionPeer {
  readonly key: string;
  /** Whom the limits count; empty for nobody. */
  readonly account: string;
  readonly clientInfo: { name: string; version: string };
  readonly capabilities: ClientCapabilities;
  readonly handlers: (host: ServerHost) => ConnectionHandlers;
}

export interface HostEvents {
  /** The report changed. */
  status: [report: ServerReport];
  /** A shared connection was opened, again perhaps. */
  connected: [connection: Connection];
  /** From the shared connection. */
  notification: [notification: JsonRpcNotification, owners: Owner[]];
}

export interface HostContext {
  log: Logger;
  install: SystemConfig['install'];
  /** The hub's version, told to the server. */
  version: string;
  guardian: Guardian;
  slots: ProcessSlots;
  /** See {@link StdioContext}. */
  maxLine?: StdioContext['maxLine'];
  /** Starts of processes take turns over all servers. */
  turns: StartTurns;
  /** Milliseconds that a server without its own `startTimeout` may take to start; default: that of the timing. */
  startTimeout?: () => number;
  timing?: Partial<HostTiming>;
  /** Reads the lists of a server over a connection that is closed then. */
  readLists?: (connection: Connection) => Promise<void>;
}

/** One configured server on this node: started, restarted, stopped when idle, reported. */
export interface ServerHost extends EventEmitter<HostEvents> {
  readonly name: string;
  readonly config: ServerConfig;
  /** A connection and process of its own for each session: `perSessionClient`, unless everybody is served over the modern connection. */
  readonly own: boolean;
  /**
   * Requests of 2026-07-28 are served only where a state ties them together: each client has a process of its own, of older
   * revisions, as far as it is known.
   */
  readonly needsState: boolean;
  /** How this node reaches the server: as its entry says, or as was found out; undefined for servers of other nodes. */
  readonly transport?: Transport;
  /** Status and reason as heartbeats tell them. */
  readonly report: ServerReport;
  /** How long clients that only look what there is wait for it to come up. */
  readonly patience: Patience;
  /** Attempts that were made by themselves after a failure or loss. */
  readonly restarts: number;
  /**
   * Everybody is served over the modern connection: the server refuses `initialize`, or is shared and speaks both, and one
   * process is enough.
   */
  readonly allModern: boolean;
  /** It was found out whether the server speaks 2026-07-28; after a while it is worth asking again. */
  readonly eraKnown: boolean;
  /**
   * Subscriptions at the modern connection, while there is one: those that all share, or where another node has a process for each
   * state, those of this one; undefined where there is no state.
   */
  listeningFor(owner: StateOwner): Subscriptions | undefined;
  /** What the server said at its newest `initialize` or `server/discover`, kept while it is away. */
  readonly known: Connection['server'] | undefined;
  /** Begins to connect, unless the server is disabled or started on demand. */
  start(): void;
  /**
   * The shared connection, or the session's own; opens it if needed.
   * @param background nobody waits for it: starts that a client waits for go before
   * @throws ServerUnavailableError that says which server, why and what to do
   */
  connection(peer?: SessionPeer, background?: boolean): Promise<Connection>;
  /** The same without starting anything. */
  current(peer?: SessionPeer): Connection | undefined;
  /**
   * The connection for requests of 2026-07-28; finds out whether the server speaks it.
   * @returns undefined when it does not
   * @throws ServerUnavailableError
   */
  modern(): Promise<Connection | undefined>;
  /** The same without starting anything. */
  currentModern(): Connection | undefined;
  /** Whether that session has a connection of its own, or one that is being opened. */
  hasOwn(key: string): boolean;
  /** Ends that session's own connection and process. */
  releaseSession(key: string): Promise<void>;
  /** A request was made: the idle time starts anew. */
  touch(peer?: SessionPeer): void;
  /** Ends all connections and processes, and waits until they are gone. */
  stop(): Promise<void>;
}
