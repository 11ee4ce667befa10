import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { ServerReport } from '../../cluster/payload.ts';
import { METHOD_NOT_FOUND } from '../../mcp/errors.ts';
import type { JsonRpcNotification } from '../../mcp/jsonrpc.ts';
import { DEFAULTS } from '../../settings/defaults.ts';
import type { ServerConfig, SystemConfig } from '../../settings/schema.ts';
import { NodeError } from '../errors.ts';
import { Attempts } from './attempts.ts';
import { HOST_TIMING, type HostTiming, SERVERS } from './config.ts';
import type { ClientCapabilities, Connection, ConnectionHandlers, Owner } from './connection.ts';
import { ServerUnavailableError } from './errors.ts';
import type { Guardian } from './guardian.ts';
import { createIdleTimer } from './idle.ts';
import { Opener } from './open.ts';
import { OwnConnections } from './own.ts';
import type { ProcessSlots } from './process-slots.ts';
import { settlesWithin } from './within.ts';

export type { HostTiming } from './config.ts';
export { ServerUnavailableError } from './errors.ts';

/** A client session as the host sees it, for servers with `perSessionClient`. */
export interface SessionPeer {
  readonly key: string;
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
  timing?: Partial<HostTiming>;
}

/** One configured server on this node: started, restarted, stopped when idle, reported. */
export interface ServerHost extends EventEmitter<HostEvents> {
  readonly name: string;
  readonly config: ServerConfig;
  /** `perSessionClient`: a connection and process of its own for each session. */
  readonly own: boolean;
  /** Status and reason as heartbeats tell them. */
  readonly report: ServerReport;
  /** Attempts that were made by themselves after a failure or loss. */
  readonly restarts: number;
  /** What the server said at its newest `initialize`, kept while it is away. */
  readonly known: Connection['server'] | undefined;
  /** Begins to connect, unless the server is disabled or started on demand. */
  start(): void;
  /**
   * The shared connection, or the session's own; opens it if needed.
   * @throws ServerUnavailableError that says which server, why and what to do
   */
  connection(peer?: SessionPeer): Promise<Connection>;
  /** The same without starting anything. */
  current(peer?: SessionPeer): Connection | undefined;
  /** Ends that session's own connection and process. */
  releaseSession(key: string): Promise<void>;
  /** A request was made: the idle time starts anew. */
  touch(peer?: SessionPeer): void;
  /** Ends all connections and processes, and waits until they are gone. */
  stop(): Promise<void>;
}

export function createServerHost(name: string, config: ServerConfig, context: HostContext): ServerHost {
  return new Host(name, config, context);
}

class Host extends EventEmitter<HostEvents> implements ServerHost {
  readonly name: string;
  readonly config: ServerConfig;
  readonly own: boolean;
  report: ServerReport;
  restarts = 0;
  known: Connection['server'] | undefined;
  readonly #log: Logger;
  readonly #version: string;
  readonly #timing: HostTiming;
  readonly #opener: Opener;
  readonly #attempts: Attempts<Connection>;
  readonly #sessions: OwnConnections;
  readonly #idle: ReturnType<typeof createIdleTimer>;
  #shared: Connection | undefined;
  /** The end of the previous connection: its process may hold what the next one needs. */
  #ending: Promise<void> = Promise.resolve();
  #connectedAt = 0;
  #stopped = false;

  constructor(name: string, config: ServerConfig, context: HostContext) {
    super();
    this.name = name;
    this.config = config;
    this.own = config.perSessionClient === true;
    this.report = { status: config.enabled === false ? 'disabled' : config.startOnDemand ? 'idle' : 'connecting' };
    this.#log = context.log.bindings().server === name ? context.log : context.log.child({ server: name });
    this.#version = context.version;
    this.#timing = { ...HOST_TIMING, ...context.timing };
    const { install, guardian, slots } = context;
    this.#opener = new Opener(name, config, { log: this.#log, install, guardian, slots, timing: this.#timing });
    this.#sessions = new OwnConnections(name, this.#timing);
    this.#attempts = new Attempts(
      {
        attempt: () => (this.own ? this.#openTrial() : this.#openShared()),
        onStart: (again) => this.#attemptStarts(again),
        onFailure: (reason) => this.#attemptFailed(reason),
      },
      this.#timing,
    );
    this.#idle = createIdleTimer(
      config.idleTimeoutMs ?? DEFAULTS.idleTimeoutMs,
      () => (this.#shared?.inFlight ?? 0) > 0,
      () => this.#stopIdle(),
    );
  }

  start(): void {
    if (this.report.status === 'connecting' && !this.#stopped) this.#attempts.run().catch(() => {});
  }

  async connection(peer?: SessionPeer): Promise<Connection> {
    if (this.#stopped) throw this.#unavailable('it was stopped by the hub');
    if (this.report.status === 'disabled') {
      throw this.#unavailable(`it is disabled; set mcpServers.${this.name}.enabled to true`);
    }
    if (this.own) return this.#ownConnection(peer);
    this.#idle.touch();
    return this.#shared ?? this.#startShared();
  }

  current(peer?: SessionPeer): Connection | undefined {
    if (!this.own) return this.#shared;
    return peer === undefined ? undefined : this.#sessions.current(peer.key);
  }

  releaseSession(key: string): Promise<void> {
    return this.#sessions.release(key);
  }

  touch(_peer?: SessionPeer): void {
    this.#idle.touch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#idle.stop();
    await Promise.all([this.#opener.stop(), this.#shared?.close(), this.#sessions.releaseAll()]);
    await this.#attempts.stop();
    this.#shared = undefined;
    await this.#ending;
  }

  async #startShared(): Promise<Connection> {
    if (!this.#attempts.running && this.report.status !== 'idle' && this.#attempts.age < this.#timing.retryAfter) {
      throw this.#unavailable(this.report.reason ?? 'it is not connected', this.#attempts.retryIn);
    }
    const attempt = this.#attempts.run();
    try {
      if (await settlesWithin(attempt, this.#timing.startTimeout)) return await attempt;
    } catch {
      throw this.#unavailable(this.report.reason ?? 'it could not be started', this.#attempts.retryIn);
    }
    throw this.#unavailable(`it is still starting after ${this.#timing.startTimeout / 1000} s`);
  }

  async #openShared(): Promise<Connection> {
    await this.#ending;
    const connection = await this.#opener.open({
      clientInfo: this.#clientInfo(),
      // A legacy server cannot say whom of several clients it asks, so it is not invited to ask.
      capabilities: {},
      handlers: {
        onNotification: (notification, owners) => this.emit('notification', notification, owners),
        onRequest: async ({ method }) => ({
          error: { code: METHOD_NOT_FOUND, message: `Method not found: ${method}` },
        }),
        onClose: (reason) => this.#sharedLost(reason),
      },
    });
    if (this.#stopped) {
      await connection.close();
      throw new Error('it was stopped by the hub');
    }
    this.#shared = connection;
    this.#connectedAt = performance.now();
    this.#works(connection.server);
    if (this.config.startOnDemand) this.#idle.start();
    this.emit('connected', connection);
    return connection;
  }

  /** Learns whether a server works whose connections belong to sessions that do not exist yet. */
  async #openTrial(): Promise<Connection> {
    const connection = await this.#opener.open({
      clientInfo: this.#clientInfo(),
      capabilities: {},
      handlers: {
        onNotification: () => {},
        onRequest: async ({ method }) => ({
          error: { code: METHOD_NOT_FOUND, message: `Method not found: ${method}` },
        }),
        onClose: () => {},
      },
    });
    this.#works(connection.server);
    this.#attempts.forgetFailures();
    await connection.close();
    return connection;
  }

  async #ownConnection(peer: SessionPeer | undefined): Promise<Connection> {
    if (peer === undefined) throw this.#unavailable('it has a process for each session, and this is no session');
    const { clientInfo, capabilities } = peer;
    return this.#sessions.get(peer.key, peer.handlers(this), async (handlers, released) => {
      try {
        const connection = await this.#opener.open({ clientInfo, capabilities, handlers }, released);
        if (!this.#stopped) this.#works(connection.server);
        return connection;
      } catch (error) {
        // The server as such may be broken; a trial finds out, and when it works again.
        const broken = !(error instanceof NodeError) && !released.aborted;
        if (broken && this.report.status !== 'failed') this.#attempts.run().catch(() => {});
        throw error;
      }
    });
  }

  #clientInfo() {
    return { name: `mcp-client-${this.name}`, version: this.#version };
  }

  #works(server: Connection['server']): void {
    this.known = server;
    this.#setReport({ status: 'connected' });
  }

  #attemptStarts(again: boolean): void {
    if (again) this.restarts++;
    // A retry keeps the report of the failure until it succeeds, so that heartbeats do not flicker.
    if (this.report.status === 'idle') this.#setReport({ status: 'connecting' });
  }

  #attemptFailed(reason: string): void {
    if (this.#stopped) return;
    this.#log.warn({ reason }, 'Server could not be started');
    this.#setReport({ status: 'failed', reason });
  }

  #sharedLost(reason: string): void {
    if (this.#shared !== undefined) this.#ending = this.#shared.close();
    this.#shared = undefined;
    this.#idle.stop();
    if (this.#stopped) return;
    this.#log.warn({ reason }, 'Server connection lost');
    if (performance.now() - this.#connectedAt >= this.#timing.healthyAfter) this.#attempts.forgetFailures();
    if (this.config.startOnDemand) return this.#setReport({ status: 'idle', reason });
    this.#setReport({ status: 'connecting', reason });
    this.#attempts.schedule();
  }

  #stopIdle(): void {
    const connection = this.#shared;
    this.#shared = undefined;
    if (connection === undefined || this.#stopped) return;
    this.#log.debug('Idle server stopped');
    this.#ending = connection.close();
    this.#setReport({ status: 'idle' });
  }

  #setReport(report: ServerReport): void {
    const reason = report.reason?.slice(0, SERVERS.maxReason);
    if (report.status === this.report.status && reason === this.report.reason) return;
    this.report = reason === undefined ? { status: report.status } : { status: report.status, reason };
    this.emit('status', this.report);
  }

  #unavailable(reason: string, retryIn?: number): ServerUnavailableError {
    return new ServerUnavailableError(this.name, reason, retryIn);
  }
}
