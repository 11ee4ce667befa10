import type { Socket } from 'node:net';
import { MAX_FRAME_BODY, TRUNK_PROTOCOL } from '../../cluster/trunk/frames.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { WireRequest } from './contract.ts';
import { prepare } from './request.ts';
import { readHead } from './response-head.ts';
import { cutSocket, openSocket } from './sockets.ts';
import { Trunk } from './trunk.ts';

/** Where a node takes trunks, and how it knows us. */
export interface TrunkDoor {
  path: string;
  /** Names and values in turn. */
  headers: () => string[];
  /** The trunk has ended, and neither end had said so: the node may be gone. */
  onBroken?: () => void;
}

/** Whether a request may share a connection: its body is whole, and not so long that others would wait for it. */
export function canShare({ shared, body }: WireRequest): boolean {
  return shared === true && (body === null || (Buffer.isBuffer(body) && body.length <= MAX_FRAME_BODY));
}

const HEAD_END = '\r\n\r\n';
const MAX_ANSWER = 16 * 1024;

/** The trunk to one node: opened when there is something for it to carry, and again when it was lost. */
export class TrunkLine {
  readonly #origin: URL;
  readonly #timeout: number;
  readonly #door: TrunkDoor;
  /** From when it is opened until it is closed. */
  #socket: Socket | undefined;
  /** Once the node has agreed to it. */
  #trunk: Trunk | undefined;
  /** When to try again with a node that did not open one, by performance.now(). */
  #notBefore = 0;
  #closing = false;

  /** @param timeout milliseconds that opening it may take */
  constructor(origin: URL, timeout: number, door: TrunkDoor) {
    this.#origin = origin;
    this.#timeout = timeout;
    this.#door = door;
  }

  /** The trunk, if it is there and takes more. Otherwise it is opened for those that follow. */
  take(): Trunk | undefined {
    if (this.#socket === undefined && !this.#closing && performance.now() >= this.#notBefore) this.#open();
    return this.#trunk?.usable === true ? this.#trunk : undefined;
  }

  flush(): void {
    this.#trunk?.flush();
  }

  /** Ends it when what it carries is over. */
  close(): void {
    this.#closing = true;
    if (this.#trunk === undefined) this.#socket?.destroy();
    else this.#trunk.close();
  }

  /** See {@link cutSocket}. */
  cut(): void {
    if (this.#socket !== undefined) cutSocket(this.#socket);
  }

  /** Ends it with all that it carries. @returns when it is closed */
  async destroy(error: Error): Promise<void> {
    this.#closing = true;
    const socket = this.#socket;
    if (socket === undefined) return;
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy(error);
    await gone;
  }

  #open(): void {
    const headers = [...this.#door.headers(), 'connection', 'upgrade', 'upgrade', TRUNK_PROTOCOL];
    const { head } = prepare({ method: 'GET', path: this.#door.path, headers, body: null }, this.#origin.host);
    let answer = '';
    const socket = openSocket(this.#origin, this.#timeout, (bytes) => {
      if (this.#trunk !== undefined) return this.#trunk.read(bytes);
      answer += bytes.toString('latin1');
      const end = answer.indexOf(HEAD_END) + HEAD_END.length;
      if (end < HEAD_END.length) return void (answer.length > MAX_ANSWER && socket.destroy());
      if (!isAgreed(answer.slice(0, end))) return void socket.destroy();
      this.#trunk = new Trunk(socket);
      this.#trunk.read(Buffer.from(answer.slice(end), 'latin1'));
    });
    this.#socket = socket;
    // Not every node opens one, and why does not matter.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      const trunk = this.#trunk;
      this.#trunk = this.#socket = undefined;
      if (trunk === undefined) this.#notBefore = performance.now() + ROUTER_DEFAULTS.trunkRetry;
      else if (!trunk.leaving && !this.#closing) this.#door.onBroken?.();
    });
    socket.write(head, 'latin1');
  }
}

function isAgreed(head: string): boolean {
  try {
    const { status, headers } = readHead(head);
    return status === 101 && headers.upgrade === TRUNK_PROTOCOL;
  } catch {
    return false;
  }
}
