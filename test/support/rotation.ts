import { connect, type Socket } from 'node:net';

/** Addresses that take turns; they come and go while connections are open. */
export class Rotation {
  readonly #urls: URL[] = [];
  #turn = 0;

  constructor(urls: readonly string[] = []) {
    for (const url of urls) this.add(url);
  }

  /** Gives it a place in the rotation; one that has a place keeps it. */
  add(url: string): void {
    const added = new URL(url);
    if (!this.#urls.some(({ host }) => host === added.host)) this.#urls.push(added);
  }

  /** Sends nobody there any more. What is connected stays. */
  remove(url: string): void {
    const { host } = new URL(url);
    const index = this.#urls.findIndex((known) => known.host === host);
    if (index >= 0) this.#urls.splice(index, 1);
  }

  /**
   * Connects to the one whose turn it is or, since nothing has been sent yet, to the next one that accepts.
   * @returns undefined when none does
   */
  async connect(): Promise<Socket | undefined> {
    const first = this.#turn++;
    const order = this.#urls.map((_, i) => this.#urls[(first + i) % this.#urls.length] as URL);
    for (const { hostname, port } of order) {
      const socket = await connected(hostname, Number(port));
      if (socket !== undefined) return socket;
    }
    return undefined;
  }
}

/** @returns undefined when nobody accepts there */
export function connected(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.once('connect', () => resolve(socket));
    // It stays: an error that nobody listens for would end the process, and `close` follows each.
    socket.on('error', () => resolve(undefined));
  });
}
