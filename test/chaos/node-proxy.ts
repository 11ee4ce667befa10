import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { connected } from '../support/rotation.ts';
import { splice } from '../support/splice.ts';

/** The way to a node, on which connections can be reset and data held back. */
export class NodeProxy {
  readonly #port: number;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** Milliseconds by which each piece of data is held back, in both directions. */
  delay = 0;

  /** @param port where it listens on 127.0.0.1 @param target the port of the node */
  constructor(port: number, target: number) {
    this.#port = port;
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      void this.#carry(client);
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Refuses connections from now on, as a process that is gone does; those that are open stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Resets all connections. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.refuse();
    this.reset();
  }

  async #carry(client: Socket): Promise<void> {
    this.#keep(client);
    const node = await connected('127.0.0.1', this.#target);
    if (node === undefined || client.destroyed) {
      node?.destroy();
      client.resetAndDestroy();
      return;
    }
    this.#keep(node);
    splice(client, node, () => this.#slowly());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #slowly(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (this.delay === 0) done(null, chunk);
        else void pause(this.delay).then(() => done(null, chunk));
      },
    });
  }
}
