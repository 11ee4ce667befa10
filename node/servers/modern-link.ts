import type { Logger } from 'pino';
import type { JsonRpcNotification } from '../../mcp/jsonrpc.ts';
import { SERVERS } from './config.ts';
import type { Connection, Owner } from './connection.ts';
import { EraUnknownError, NotModernError } from './discover.ts';
import { Listening } from './listening.ts';
import type { Opener } from './open.ts';

interface ModernLinkOptions {
  opener: Opener;
  clientInfo: { name: string; version: string };
  log: Logger;
  /** Milliseconds within which a failed attempt is not repeated. */
  retryAfter: number;
  /** It is there, or what it says is heard again. */
  onConnected(connection: Connection): void;
  onNotification(notification: JsonRpcNotification, owners: Owner[]): void;
  onLost(reason: string): void;
  /** It is known by now, or another one than before, whether the server speaks 2026-07-28. */
  onVerdict(): void;
}

/**
 * The connection over which all modern requests to a server go; they can be told apart, so one is enough. Whether the server
 * speaks 2026-07-28 shows when it is opened: a process that answers `server/discover` stays, another one ends at once. A server
 * that did not is asked again after a while, since it may have learned it; one that said nothing soon, ever later while it is silent.
 */
export class ModernLink {
  readonly #options: ModernLinkOptions;
  #connection: Connection | undefined;
  #listening: Listening | undefined;
  #opening: Promise<Connection | undefined> | undefined;
  #refusedAt: number | undefined;
  /** How often in a row it said nothing when it was asked, and when it is asked again (of performance.now()). */
  #silence: { times: number; until: number } | undefined;
  #speaks: boolean | undefined;
  #failure: { at: number; error: unknown } | undefined;
  #stopped = false;

  constructor(options: ModernLinkOptions) {
    this.#options = options;
  }

  get current(): Connection | undefined {
    return this.#connection;
  }

  /** Undefined while it is not known whether the server speaks 2026-07-28, or was found out too long ago. */
  get verdict(): boolean | undefined {
    if (this.#connection !== undefined) return true;
    if (this.#refusedAt === undefined || performance.now() - this.#refusedAt > SERVERS.eraHorizon) return undefined;
    return false;
  }

  /** What the server said when it was asked at last, also while it is away and when that was long ago; undefined before. */
  get speaks(): boolean | undefined {
    return this.#speaks;
  }

  /** Requests without an answer, those that only listen not counted. */
  get inFlight(): number {
    return (this.#connection?.inFlight ?? 0) - (this.#listening?.size ?? 0);
  }

  /** Ends the connection; the next request opens it again. */
  async rest(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#listening?.stop();
    this.#listening = undefined;
    await connection?.close();
  }

  /** Subscriptions to resources at the server; undefined while there is no connection. */
  get listening(): Listening | undefined {
    return this.#listening;
  }

  /**
   * @param patience milliseconds that the server may take to answer
   * @param insist asks a server also that was silent a moment ago
   * @returns undefined when the server does not speak 2026-07-28, or does not say so in time
   * @throws Error with a sentence that says why it cannot be used; at once when it could not a moment ago
   */
  async get(patience: number, { insist = false } = {}): Promise<Connection | undefined> {
    if (this.#connection !== undefined) return this.#connection;
    if (this.#silence !== undefined && !insist) {
      if (performance.now() > this.#silence.until) void this.#open(SERVERS.startTimeout).catch(() => {});
      return undefined;
    }
    if (this.#refusedAt !== undefined) {
      if (performance.now() - this.#refusedAt > SERVERS.eraHorizon) void this.#open(patience).catch(() => {});
      return undefined;
    }
    const failure = this.#failure;
    if (failure !== undefined && performance.now() - failure.at < this.#options.retryAfter) throw failure.error;
    return this.#open(patience);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.rest();
  }

  #open(patience: number): Promise<Connection | undefined> {
    this.#opening ??= this.#attempt(patience).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #attempt(startTimeout: number): Promise<Connection | undefined> {
    const { opener, clientInfo, log } = this.#options;
    try {
      const connection = await opener.open({
        era: 'modern',
        startTimeout,
        clientInfo,
        capabilities: {},
        handlers: {
          onNotification: (notification, owners) => this.#options.onNotification(notification, owners),
          onRequest: () => Promise.reject(new Error('a server of 2026-07-28 sends no requests')),
          onClose: (reason) => this.#lost(reason),
        },
      });
      if (this.#stopped) {
        await connection.close();
        throw new Error('it was stopped by the hub');
      }
      this.#adopt(connection);
      return connection;
    } catch (error) {
      if (error instanceof NotModernError) {
        this.#refusedAt = performance.now();
        this.#silence = undefined;
        this.#judge(false);
        log.debug({ reason: error.message }, 'Server does not speak 2026-07-28');
        return undefined;
      }
      if (error instanceof EraUnknownError) {
        this.#wasSilent();
        log.debug({ reason: error.message }, 'Server does not say whether it speaks 2026-07-28');
        return undefined;
      }
      this.#failure = { at: performance.now(), error };
      throw error;
    }
  }

  #judge(speaks: boolean): void {
    if (speaks === this.#speaks) return;
    this.#speaks = speaks;
    this.#options.onVerdict();
  }

  #wasSilent(): void {
    const times = (this.#silence?.times ?? 0) + 1;
    const delay = Math.min(SERVERS.eraHorizon, SERVERS.askAgain * 2 ** (times - 1));
    this.#silence = { times, until: performance.now() + delay };
  }

  #adopt(connection: Connection): void {
    this.#connection = connection;
    this.#failure = undefined;
    this.#refusedAt = undefined;
    this.#silence = undefined;
    const onListsResumed = () => this.#options.onConnected(connection);
    this.#listening = new Listening(connection, this.#options.log, { onListsResumed });
    this.#listening.start();
    this.#options.onConnected(connection);
    this.#judge(true);
  }

  #lost(reason: string): void {
    this.#listening?.stop();
    this.#listening = undefined;
    this.#connection = undefined;
    if (!this.#stopped) this.#options.onLost(reason);
  }
}
