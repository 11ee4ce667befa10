import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy whose connections can break in silence: bytes vanish, nobody is told. */
export interface BlackHole {
  readonly port: number;
  /** Opened so far. */
  readonly connections: number;
  /** Loses all bytes of the connections that are open now; later ones work. */
  swallow(): void;
  stop(): Promise<void>;
}

/** @param target port on loopback */
export async function startBlackHole(target: number): Promise<BlackHole> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let swallowed = 0;
  const server = createServer((client) => {
    const own = ++connections;
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => own > swallowed && to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    swallow() {
      swallowed = connections;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
