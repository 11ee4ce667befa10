import { Connection, type ConnectionOwner } from './connection.ts';
import type { WireHandler, WireRequest } from './contract.ts';
import { type Prepared, prepare } from './request.ts';
import type { Trunk } from './trunk.ts';
import { canShare, type TrunkDoor, TrunkLine } from './trunk-line.ts';

interface Waiting {
  request: WireRequest;
  /** That was there when it came; otherwise it is prepared for a connection of its own. */
  trunk: Trunk | undefined;
  prepared: Prepared | undefined;
  handler: WireHandler;
}

/**
 * The connections to one node: a trunk for what may share one, where the node opens it, and for the rest as many as there are
 * requests at once, kept for those that follow.
 */
export class Origin implements ConnectionOwner {
  readonly origin: URL;
  readonly connectTimeout: number;
  readonly #open = new Set<Connection>();
  /** Free ones, the one used last at the end. */
  readonly #free: Connection[] = [];
  readonly #trunk: TrunkLine | undefined;
  #waiting: Waiting[] = [];
  #closing = false;
  #onEmpty: (() => void) | undefined;

  /**
   * @param origin such as `http://10.0.0.7:3000`
   * @param connectTimeout milliseconds that opening a connection may take
   * @param door undefined for a node that takes no trunks
   */
  constructor(origin: string, connectTimeout: number, door?: TrunkDoor) {
    this.origin = new URL(origin);
    this.connectTimeout = connectTimeout;
    this.#trunk = door === undefined ? undefined : new TrunkLine(this.origin, connectTimeout, door);
  }

  /**
   * Sends a request after this turn of the event loop: by then it is known which of the free connections the node has closed.
   * @throws Error when a part of the request would be taken for another part of it
   */
  dispatch(request: WireRequest, handler: WireHandler): void {
    const trunk = canShare(request) ? this.#trunk?.take() : undefined;
    const prepared = trunk === undefined ? prepare(request, this.origin.host) : undefined;
    if (this.#waiting.push({ request, trunk, prepared, handler }) === 1) setImmediate(() => this.#flush());
  }

  onFree(connection: Connection): void {
    if (this.#closing) return connection.destroy();
    this.#free.push(connection);
    const [oldest] = this.#free;
    if (oldest?.isUsable(performance.now()) === false) oldest.destroy();
  }

  onClosed(connection: Connection): void {
    this.#open.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /** Closes what is free, and the rest once it is. */
  close(): void {
    this.#closing = true;
    for (const connection of this.#free) connection.destroy();
    this.#trunk?.close();
  }

  /** The node was given up: nothing that is under way to it may reach it any more. */
  cut(): void {
    for (const connection of this.#open) connection.cut();
    this.#trunk?.cut();
  }

  /** Ends all requests. @returns when no connection is open */
  async destroy(): Promise<void> {
    this.#closing = true;
    const error = new Error('the connections to the node were closed');
    for (const { handler } of this.#waiting.splice(0)) handler.onResponseError(undefined, error);
    for (const connection of this.#open) connection.destroy(error);
    await this.#trunk?.destroy(error);
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  #flush(): void {
    for (const waiting of this.#waiting.splice(0)) this.#begin(waiting);
    this.#trunk?.flush();
  }

  #begin({ request, trunk, prepared, handler }: Waiting): void {
    if (trunk?.usable === true) return trunk.begin(request, handler);
    let sound = prepared;
    try {
      sound ??= prepare(request, this.origin.host);
    } catch (error) {
      return handler.onResponseError(undefined, error as Error);
    }
    this.#take().begin(sound, handler);
  }

  #take(): Connection {
    const now = performance.now();
    for (let last = this.#free.pop(); last !== undefined; last = this.#free.pop()) {
      if (last.isUsable(now)) return last;
      last.destroy();
    }
    const opened = new Connection(this);
    this.#open.add(opened);
    return opened;
  }
}
