import type { Logger } from 'pino';
import { DEFAULTS } from '../../settings/defaults.ts';
import { isPerSession } from '../../settings/per-session.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import type { Transport } from '../../settings/transport.ts';
import { Attempts } from './attempts.ts';
import { chooseEra } from './choose-era.ts';
import { HOST_TIMING, type HostTiming, SERVERS } from './config.ts';
import type { Connection } from './connection.ts';
import { textOf } from './errors.ts';
import type { HostContext, ServerHost, SessionPeer } from './host-contract.ts';
import { createIdleTimer } from './idle.ts';
import type { Listening } from './listening.ts';
import { ModernLink } from './modern-link.ts';
import { Opener } from './open.ts';
import { OwnConnections } from './own.ts';
import { Standing } from './standing.ts';
import { nobodyToAsk, tryOut } from './trial.ts';

export type { HostTiming } from './config.ts';
export { ServerUnavailableError } from './errors.ts';
export type { HostContext, HostEvents, ServerHost, SessionPeer } from './host-contract.ts';

export function createServerHost(name: string, config: ServerConfig, context: HostContext): ServerHost {
  return new Host(name, config, context);
}

class Host extends Standing implements ServerHost {
  restarts = 0;
  allModern = false;
  readonly #perSession: boolean;
  readonly #log: Logger;
  readonly #clientInfo: { name: string; version: string };
  readonly #timing: HostTiming;
  readonly #startTimeout: () => number;
  readonly #opener: Opener;
  readonly #readLists: (connection: Connection) => Promise<void>;
  readonly #attempts: Attempts<Connection>;
  readonly #sessions: OwnConnections;
  readonly #idle: ReturnType<typeof createIdleTimer>;
  readonly #modern: ModernLink;
  #shared: Connection | undefined;
  /** The end of the previous connection: its process may hold what the next one needs. */
  #ending: Promise<void> = Promise.resolve();
  #connectedAt = 0;
  /** Clients that wait for it to start. */
  #awaiting = 0;
  #stopped = false;

  constructor(name: string, config: ServerConfig, context: HostContext) {
    super(name, config);
    this.#perSession = isPerSession(config);
    this.#log = context.log.bindings().server === name ? context.log : context.log.child({ server: name });
    this.#clientInfo = { name: `mcp-client-${name}`, version: context.version };
    this.#timing = { ...HOST_TIMING, ...context.timing };
    const { install, guardian, slots, maxLine, turns, startTimeout = () => this.#timing.startTimeout } = context;
    this.#startTimeout = () => config.options?.startTimeout ?? startTimeout();
    this.#readLists = context.readLists ?? (async () => {});
    this.#opener = new Opener(name, config, {
      log: this.#log,
      install,
      guardian,
      slots,
      maxLine,
      turns,
      timing: this.#timing,
      startTimeout: this.#startTimeout,
      isAwaited: () => this.#awaiting > 0,
    });
    this.#sessions = new OwnConnections({
      server: name,
      timing: this.#timing,
      opener: this.#opener,
      onOpened: ({ server }) => !this.#stopped && this.works(server),
      onBroken: () => this.report.status !== 'failed' && this.#attempts.run().catch(() => {}),
    });
    this.#modern = new ModernLink({
      opener: this.#opener,
      clientInfo: this.#clientInfo,
      log: this.#log,
      retryAfter: this.#timing.retryAfter,
      onConnected: (connection) => this.emit('connected', connection),
      onVerdict: () => this.emit('status', this.report),
      onNotification: (notification, owners) => this.emit('notification', notification, owners),
      onLost: (reason) => this.#modernLost(reason),
    });
    this.#attempts = new Attempts(
      {
        attempt: () => this.#connect(),
        onStart: (again) => this.#attemptStarts(again),
        onFailure: (reason) => this.#attemptFailed(reason),
      },
      this.#timing,
    );
    this.#idle = createIdleTimer(
      config.idleTimeoutMs ?? DEFAULTS.idleTimeoutMs,
      () => (this.#shared?.inFlight ?? 0) + this.#modern.inFlight > 0,
      () => this.#stopIdle(),
    );
  }

  get own(): boolean {
    return this.#perSession && !this.allModern;
  }

  get transport(): Transport {
    return this.#opener.transport;
  }

  get needsState(): boolean {
    return this.own && this.config.perSessionClient !== 'calls' && this.#modern.speaks !== true;
  }

  start(): void {
    if (this.report.status === 'connecting' && !this.#stopped) this.#attempts.run().catch(() => {});
  }

  async connection(peer?: SessionPeer, background = false): Promise<Connection> {
    if (this.#stopped) throw this.unavailable('it was stopped by the hub');
    if (this.barred !== undefined) throw this.unavailable(this.barred);
    if (this.allModern) return this.#modern.current ?? this.#startShared(background);
    if (this.own) {
      if (peer !== undefined) return this.#sessions.get(peer, peer.handlers(this));
      throw this.unavailable('it has a process for each session, and this is no session');
    }
    this.#idle.touch();
    return this.#shared ?? this.#startShared(background);
  }

  current(peer?: SessionPeer): Connection | undefined {
    if (this.allModern) return this.#modern.current;
    if (!this.own) return this.#shared;
    return peer === undefined ? undefined : this.#sessions.current(peer.key);
  }

  listeningFor(): Listening | undefined {
    return this.#modern.listening;
  }

  async modern(): Promise<Connection | undefined> {
    if (this.#stopped) throw this.unavailable('it was stopped by the hub');
    if (this.barred !== undefined) throw this.unavailable(this.barred);
    if (this.transport === 'sse') return undefined;
    this.#idle.touch();
    if (this.allModern) return this.connection();
    // One that cannot be started at all is not started once more for each request.
    if (this.known === undefined) await this.#startShared(false);
    if (this.allModern) return this.#modern.current;
    const refuse = (error: unknown) => Promise.reject(this.unavailable(textOf(error)));
    this.#awaiting++;
    const asked = this.#modern.get(SERVERS.probeTimeout + this.#opener.took).catch(refuse);
    const connection = await asked.finally(() => this.#awaiting--);
    if (connection !== undefined && !this.#perSession && !this.allModern) this.#leaveLegacy(connection);
    return connection;
  }

  get eraKnown(): boolean {
    return this.#modern.verdict !== undefined || this.transport === 'sse';
  }

  currentModern(): Connection | undefined {
    return this.#modern.current;
  }

  hasOwn(key: string): boolean {
    return this.#sessions.has(key);
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
    await Promise.all([this.#opener.stop(), this.#shared?.close(), this.#modern.stop(), this.#sessions.releaseAll()]);
    await this.#attempts.stop();
    this.#shared = undefined;
    await this.#ending;
  }

  async #startShared(background: boolean): Promise<Connection> {
    if (!this.#attempts.running && this.report.status !== 'idle' && this.#attempts.age < this.#timing.retryAfter) {
      throw this.unavailable(this.report.reason ?? 'it is not connected', this.#attempts.retryIn);
    }
    if (!background) this.#awaiting++;
    try {
      return await this.#attempts.run();
    } catch {
      throw this.unavailable(this.report.reason ?? 'it could not be started', this.#attempts.retryIn);
    } finally {
      if (!background) this.#awaiting--;
    }
  }

  async #connect(): Promise<Connection> {
    const connection = await chooseEra({
      link: this.#modern,
      allModern: this.allModern,
      remote: this.transport === 'streamable-http' || this.transport === 'remote',
      own: this.#perSession,
      startTimeout: this.#startTimeout(),
      openLegacy: () => (this.#perSession ? this.#openTrial() : this.#openShared()),
    });
    this.allModern = connection.era === 'modern';
    return this.allModern ? this.#up(connection) : connection;
  }

  /** One process is enough for both eras, so the older connection ends with its last call. */
  #leaveLegacy(connection: Connection): void {
    const legacy = this.#shared;
    this.#shared = undefined;
    this.allModern = true;
    this.#up(connection);
    this.#ending = legacy?.whenIdle().then(() => legacy.close()) ?? this.#ending;
  }

  #modernLost(reason: string): void {
    if (this.allModern) this.#sharedLost(reason);
    else this.#log.info({ reason }, 'Modern connection to the server lost; the next request opens it again');
  }

  async #openShared(): Promise<Connection> {
    await this.#ending;
    const connection = await this.#opener.open({
      clientInfo: this.#clientInfo,
      // A legacy server cannot say whom of several clients it asks, so it is not invited to ask.
      capabilities: {},
      handlers: {
        onNotification: (notification, owners) => this.emit('notification', notification, owners),
        onRequest: nobodyToAsk,
        onClose: (reason) => this.#sharedLost(reason),
      },
    });
    if (this.#stopped) {
      await connection.close();
      throw new Error('it was stopped by the hub');
    }
    this.#shared = connection;
    this.emit('connected', this.#up(connection));
    return connection;
  }

  async #openTrial(): Promise<Connection> {
    const connection = await tryOut(this.#opener, this.#clientInfo, this.#readLists);
    this.works(connection.server);
    this.#attempts.forgetFailures();
    return connection;
  }

  #up(connection: Connection): Connection {
    this.#connectedAt = performance.now();
    this.works(connection.server);
    if (this.config.startOnDemand) this.#idle.start();
    return connection;
  }

  #attemptStarts(again: boolean): void {
    if (again) this.restarts++;
    this.patience.begin();
    // A retry keeps the report of the failure until it succeeds, so that heartbeats do not flicker.
    if (this.report.status === 'idle') this.stands({ status: 'connecting' });
  }

  #attemptFailed(reason: string): void {
    this.patience.failed();
    if (this.#stopped) return;
    this.#log.warn({ reason }, 'Server could not be started');
    this.stands({ status: 'failed', reason });
  }

  #sharedLost(reason: string): void {
    if (this.#shared !== undefined) this.#ending = this.#shared.close();
    this.#shared = undefined;
    this.#idle.stop();
    if (this.#stopped) return;
    this.#log.warn({ reason }, 'Server connection lost');
    if (performance.now() - this.#connectedAt >= this.#timing.healthyAfter) this.#attempts.forgetFailures();
    if (this.config.startOnDemand) return this.stands({ status: 'idle', reason });
    this.stands({ status: 'connecting', reason });
    this.#attempts.schedule();
  }

  #stopIdle(): void {
    if (this.#stopped) return;
    this.#log.debug('Idle server stopped');
    const shared = this.#shared;
    this.#shared = undefined;
    this.#ending = Promise.all([shared?.close(), this.#modern.rest()]).then(() => {});
    this.stands({ status: 'idle' });
  }
}
