import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { ServerReport } from '../../cluster/payload.ts';
import { CONFIG } from '../config.ts';
import { Connection } from '../servers/connection.ts';
import { ServerUnavailableError, textOf } from '../servers/errors.ts';
import type { HostEvents, ServerHost } from '../servers/host-contract.ts';
import type { Subscriptions } from '../servers/listening.ts';
import { ModernHttpChannel, type Wire } from '../servers/modern-http.ts';
import { Patience } from '../servers/patience.ts';
import type { StateOwner } from '../servers/state-owner.ts';
import type { Coordinators } from './coordinators.ts';
import { ElsewhereListening, type Replicas } from './elsewhere-listening.ts';

interface ElsewhereOptions {
  coordinators: Coordinators;
  log: Logger;
  version: string;
}

/**
 * A server on other nodes, reached by way of a coordinator as a server of 2026-07-28: whatever the other node's server speaks, that
 * node serves it so. Which node answers is the coordinator's choice for each request.
 */
export class ElsewhereHost extends EventEmitter<HostEvents> implements ServerHost {
  readonly name: string;
  readonly config = {};
  readonly own = false;
  readonly allModern = true;
  readonly eraKnown = true;
  readonly restarts = 0;
  readonly patience = new Patience();
  report: ServerReport = { status: 'connecting' };
  known: Connection['server'] | undefined;
  #replicas: Replicas = { holders: [], perSessionClient: false, needsState: false, remote: false };
  #listening: ElsewhereListening | undefined;
  readonly #options: ElsewhereOptions;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #stopped = false;

  constructor(name: string, options: ElsewhereOptions) {
    super();
    this.setMaxListeners(0);
    this.name = name;
    this.#options = options;
  }

  /** What the table of the cluster says of it now. */
  reported(report: ServerReport): void {
    if (report.status === this.report.status && report.reason === this.report.reason) return;
    this.report = report;
    if (report.status === 'connected' && this.known === undefined) this.start();
    this.emit('status', report);
  }

  get needsState(): boolean {
    return this.#replicas.needsState;
  }

  /** What there is of it now. */
  replicas(changes: Partial<Replicas>): void {
    const { needsState } = this.#replicas;
    this.#replicas = { ...this.#replicas, ...changes };
    if (this.needsState !== needsState) this.emit('status', this.report);
    if (this.#listening?.change(this.#replicas)) this.emit('connected', this.#connection as Connection);
  }

  /** It is another one now, or has other abilities: what was known is asked for again. */
  async changed(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      await connection.rediscover();
    } catch (error) {
      this.#options.log.warn({ server: this.name, reason: textOf(error) }, 'Server of another node is of no use');
    }
    this.known = connection.server;
  }

  start(): void {
    this.connection().catch((error: unknown) => {
      this.#options.log.debug({ server: this.name, reason: textOf(error) }, 'Server of another node not reached');
    });
  }

  async connection(): Promise<Connection> {
    if (this.#stopped) throw new ServerUnavailableError(this.name, 'it is gone from the cluster');
    if (this.#connection !== undefined) return this.#connection;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  modern(): Promise<Connection> {
    return this.connection();
  }

  current(): Connection | undefined {
    return this.#connection;
  }

  currentModern(): Connection | undefined {
    return this.#connection;
  }

  listeningFor(owner: StateOwner): Subscriptions | undefined {
    return this.#listening?.for(owner);
  }

  hasOwn(): boolean {
    return false;
  }

  async releaseSession(): Promise<void> {}

  touch(): void {}

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#listening?.stop();
    await this.#connection?.close();
  }

  async #open(): Promise<Connection> {
    const { log, version } = this.#options;
    const channel = new ModernHttpChannel(this.name, () => this.#wire(), { log, endsWhenRefused: false });
    this.patience.begin();
    try {
      const connection = await Connection.open(channel, {
        era: 'modern',
        name: this.name,
        clientInfo: { name: 'mcphub', version },
        capabilities: {},
        timeout: Number.POSITIVE_INFINITY,
        startTimeout: CONFIG.elsewhereTimeout,
        log,
        handlers: {
          onNotification: (notification, owners) => this.emit('notification', notification, owners),
          onRequest: () => Promise.reject(new Error('nodes send no requests to each other')),
          onClose: () => {},
        },
      });
      this.#connection = connection;
      this.known = connection.server;
      this.patience.worked();
      this.#listening = new ElsewhereListening(connection, log, this.#replicas);
      this.emit('status', this.report);
      this.emit('connected', connection);
      return connection;
    } catch (error) {
      this.patience.failed();
      const why = this.report.status === 'connected' ? textOf(error) : (this.report.reason ?? 'no node has it now');
      throw new ServerUnavailableError(this.name, why);
    }
  }

  #wire(): Wire {
    const { coordinators } = this.#options;
    const shown = `server '${this.name}' on another node`;
    return {
      shown,
      request: (request) => coordinators.request(`/mcp/${encodeURIComponent(this.name)}`, request),
      refusal: async ({ statusCode }, body = '') =>
        `the coordinator answered ${statusCode} for ${shown}: ${body.slice(0, 200)}`,
      explain: (error) => textOf(error),
      close: async () => {},
    };
  }
}
