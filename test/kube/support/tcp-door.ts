import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { splice } from '../../support/splice.ts';

/**
 * What happens to connections. `open`: they pass. `reset`: each is ended by RST as soon as it is made. `refuse`: nobody
 * listens. `hang`: they are taken, and no byte passes, also not on those that were there.
 */
export type DoorState = 'open' | 'reset' | 'refuse' | 'hang';

/** A port in front of another, with the faults of a network. */
export class TcpDoor {
  #state: DoorState = 'open';
  #server: Server | undefined;
  #port = 0;
  #accepted = 0;
  readonly #target: number;
  readonly #connections = new Map<Socket, Socket>();
  readonly #held: (() => void)[] = [];

  /** @param target port of 127.0.0.1 */
  constructor(target: number) {
    this.#target = target;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections since the start, also those that were reset. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Listens, the first time on `port`, or on a free one. */
  async open(port = 0): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) =>
      this.#enter(socket),
    );
    this.#server.listen(this.#port || port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Changes what happens from now on. `reset` and `refuse` also end what is open. */
  async set(state: DoorState): Promise<void> {
    const listens = this.#state !== 'refuse';
    this.#state = state;
    if (state === 'reset' || state === 'refuse') this.resetAll();
    if (state === 'refuse' && listens) await this.#stopListening();
    if (state !== 'refuse' && !listens) await this.open();
    if (state !== 'hang') for (const pass of this.#held.splice(0)) pass();
  }

  /** Ends all connections by RST. */
  resetAll(): void {
    for (const [client, server] of this.#connections) {
      client.resetAndDestroy();
      server.destroy();
      this.#connections.delete(client);
    }
  }

  async close(): Promise<void> {
    this.resetAll();
    if (this.#state !== 'refuse') await this.#stopListening();
    this.#state = 'refuse';
  }

  #enter(client: Socket): void {
    this.#accepted += 1;
    client.on('error', () => {});
    if (this.#state === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#connections.set(client, server);
    client.once('close', () => this.#connections.delete(client));
    splice(client, server, () => this.#gate());
  }

  /** Holds bytes back as long as the door hangs. */
  #gate(): Transform {
    return new Transform({
      transform: (chunk, _encoding, done) => {
        if (this.#state === 'hang') this.#held.push(() => done(null, chunk));
        else done(null, chunk);
      },
    });
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  }
}
