import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TRUNK_PROTOCOL } from '../../cluster/trunk/frames.ts';
import { CONFIG } from '../config.ts';
import { type Serve, Trunk } from './trunk.ts';

const ACCEPTED = `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${TRUNK_PROTOCOL}\r\n\r\n`;

/** Whether a request asks for a trunk. */
export function asksForTrunk({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade === TRUNK_PROTOCOL;
}

/** The trunks of a node: one for each of its coordinators. */
export class Trunks {
  readonly #serve: Serve;
  readonly #all = new Set<Trunk>();

  /** @param serve answers what comes on them */
  constructor(serve: Serve) {
    this.#serve = serve;
  }

  /** Takes over the connection of a request that asks for a trunk. */
  accept(socket: Socket, first: Buffer): void {
    socket.setTimeout(0).setNoDelay(true).setKeepAlive(true, CONFIG.tcpKeepAlive);
    socket.write(ACCEPTED);
    const trunk = new Trunk(socket, first, this.#serve, () => this.#all.delete(trunk));
    this.#all.add(trunk);
  }

  /** Asks for no more requests. */
  leave(): void {
    for (const trunk of this.#all) trunk.leave();
  }

  /** Ends them with all that they carry. */
  destroy(): void {
    for (const trunk of this.#all) trunk.destroy();
  }
}
