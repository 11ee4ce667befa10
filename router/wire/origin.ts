import { Connection, type ConnectionOwner } from './connection.ts';
import type { WireHandler, WireRequest } from './contract.ts';
import { type Prepared, prepare } from './request.ts';
import type { Trunk } from './trunk.ts';
import { canShare, type TrunkDoor, TrunkLine } from './trunk-line.ts';

interface Waiting {
  request: WireRequest;
  /** Undefined for one that a trunk is to take. */
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
    const prepared = this.#trunkFor(request) === undefined ? prepare(request, this.origin.host) : undefined;
    if (this.#waiting.push({ request, prepared, handler }) === 1) setImmediate(() => this.#flush());
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

  #trunkFor(request: WireRequest): Trunk | undefined {
    return canShare(request) ? this.#trunk?.take() : undefined;
  }

  #begin({ request, prepared, handler }: Waiting): void {
    if (prepared !== undefined) return this.#take().begin(prepared, handler);
    const trunk = this.#trunkFor(request);
    if (trunk !== undefined) return trunk.begin(request, handler);
    try {
      this.#take().begin(prepare(request, this.origin.host), handler);
    } catch (error) {
      handler.onResponseError(undefined, error as Error);
    }
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
