import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { ServerReport } from '../../cluster/payload.ts';
import { FIRST_MODERN_REVISION } from '../../mcp/revisions.ts';
import { CONFIG } from '../config.ts';
import { Connection } from '../servers/connection.ts';
import { ServerUnavailableError, textOf } from '../servers/errors.ts';
import type { HostEvents, ServerHost } from '../servers/host-contract.ts';
import { Listening } from '../servers/listening.ts';
import { ModernHttpChannel, type Wire } from '../servers/modern-http.ts';
import type { StateOwner } from '../servers/state-owner.ts';
import type { Coordinators } from './coordinators.ts';
import { ownerHeaders } from './owner-headers.ts';

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
  report: ServerReport = { status: 'connecting' };
  known: Connection['server'] | undefined;
  #perSessionClient = false;
  #listening: Listening | undefined;
  /** For states with processes of their own, by whose they are. */
  readonly #ofStates = new Map<string, Listening>();
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

  /** Whether the other nodes have a process of it for each session; one that changes is as good as connected again. */
  serves(perSessionClient: boolean): void {
    if (perSessionClient === this.#perSessionClient) return;
    this.#perSessionClient = perSessionClient;
    this.#stopListening();
    if (this.#connection !== undefined) this.emit('connected', this.#connection);
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

  /** Undefined also where each state has a process of its own, and there is no state. */
  listeningFor(owner: StateOwner): Listening | undefined {
    if (!this.#perSessionClient) return this.#listening;
    return owner.stateId === undefined ? undefined : this.#ofState(owner);
  }

  async releaseSession(): Promise<void> {}

  touch(): void {}

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    await this.#connection?.close();
  }

  async #open(): Promise<Connection> {
    const { log, version } = this.#options;
    const channel = new ModernHttpChannel(this.name, () => this.#wire(), { log, endsWhenRefused: false });
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
      this.#listening = new Listening(connection, log);
      this.emit('status', this.report);
      return connection;
    } catch (error) {
      const why = this.report.status === 'connected' ? textOf(error) : (this.report.reason ?? 'no node has it now');
      throw new ServerUnavailableError(this.name, why);
    }
  }

  #stopListening(): void {
    for (const listening of [this.#listening, ...this.#ofStates.values()]) listening?.stop();
    this.#ofStates.clear();
  }

  /** It listens with the client's capabilities, since that may be what starts its process. */
  #ofState(owner: StateOwner): Listening | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    const key = JSON.stringify([owner.principal, owner.stateId]);
    const known = this.#ofStates.get(key);
    if (known !== undefined) return known;
    for (const [other, { size }] of this.#ofStates) if (size === 0) this.#ofStates.delete(other);
    const { info: clientInfo, capabilities = {} } = owner.client ?? {};
    const envelope = { revision: FIRST_MODERN_REVISION, capabilities, clientInfo, logLevel: undefined };
    const listening = new Listening(connection, this.#options.log, { envelope, headers: ownerHeaders(owner) });
    this.#ofStates.set(key, listening);
    return listening;
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
