import { NodeError } from '../node-error.ts';
import type { HostTiming } from './config.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { ServerUnavailableError, textOf } from './errors.ts';
import type { SessionPeer } from './host-contract.ts';
import type { Introduction, Opener, Own } from './open.ts';

interface OwnConnection {
  opening: Promise<Connection>;
  connection?: Connection;
  /** Aborted when the session ends. */
  released: AbortController;
}

interface Failure {
  at: number;
  reason: string;
}

const ENDED = 'the session ended while its process started';

/** The connections of a server with `perSessionClient`: one per client session, opened at its first use. */
export class OwnConnections {
  readonly #server: string;
  readonly #opener: Opener;
  readonly #onOpened: (connection: Connection) => void;
  readonly #onBroken: () => void;
  readonly #timing: HostTiming;
  readonly #entries = new Map<string, OwnConnection>();
  readonly #failures = new Map<string, Failure>();

  /** The server as such may be broken when a session's connection cannot be opened; `onBroken` finds out. */
  constructor(options: {
    server: string;
    timing: HostTiming;
    opener: Opener;
    onOpened(connection: Connection): void;
    onBroken(): void;
  }) {
    this.#server = options.server;
    this.#timing = options.timing;
    this.#opener = options.opener;
    this.#onOpened = options.onOpened;
    this.#onBroken = options.onBroken;
  }

  /** Whether there is one, or one is being opened. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  current(key: string): Connection | undefined {
    return this.#entries.get(key)?.connection;
  }

  /**
   * The session's connection, opened when there is none.
   * @throws ServerUnavailableError at once when the last attempt failed a moment ago
   */
  get({ key, account, clientInfo, capabilities }: SessionPeer, handlers: ConnectionHandlers): Promise<Connection> {
    const present = this.#entries.get(key);
    if (present !== undefined) return present.opening;
    const failed = this.#failures.get(key);
    if (failed !== undefined && performance.now() - failed.at < this.#timing.retryAfter) {
      return Promise.reject(new ServerUnavailableError(this.#server, failed.reason, this.#timing.retryAfter));
    }
    const released = new AbortController();
    const watched: ConnectionHandlers = {
      onNotification: (notification, owners) => handlers.onNotification(notification, owners),
      onRequest: (request, owners) => handlers.onRequest(request, owners),
      onClose: (reason) => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        handlers.onClose(reason);
      },
    };
    const entry: OwnConnection = {
      released,
      opening: this.#open({ clientInfo, capabilities, handlers: watched }, { account, signal: released.signal }),
    };
    this.#entries.set(key, entry);
    entry.opening = entry.opening.then(
      (connection) => this.#opened(key, entry, connection),
      (error: unknown) => this.#failed(key, entry, error),
    );
    return entry.opening;
  }

  /** Ends that session's connection and process, also one that is still being opened. */
  async release(key: string): Promise<void> {
    this.#failures.delete(key);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.released.abort();
    await (entry.connection?.close() ?? entry.opening.catch(() => {}));
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((key) => this.release(key)));
  }

  async #open(introduction: Introduction, own: Own): Promise<Connection> {
    try {
      const connection = await this.#opener.open(introduction, own);
      this.#onOpened(connection);
      return connection;
    } catch (error) {
      if (!(error instanceof NodeError) && !own.signal.aborted) this.#onBroken();
      throw error;
    }
  }

  async #opened(key: string, entry: OwnConnection, connection: Connection): Promise<Connection> {
    if (entry.released.signal.aborted) {
      await connection.close();
      throw new ServerUnavailableError(this.#server, ENDED);
    }
    this.#failures.delete(key);
    entry.connection = connection;
    return connection;
  }

  #failed(key: string, entry: OwnConnection, error: unknown): never {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    // Nothing is wrong with the server: there was no place for its process.
    if (error instanceof NodeError) throw error;
    const reason = textOf(error);
    if (!entry.released.signal.aborted) this.#failures.set(key, { at: performance.now(), reason });
    const ended = entry.released.signal.aborted;
    throw new ServerUnavailableError(this.#server, ended ? ENDED : reason);
  }
}
