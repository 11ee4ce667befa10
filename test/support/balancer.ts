import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { requestServer } from './request-balancer.ts';
import { Rotation } from './rotation.ts';
import { splice } from './splice.ts';

/** One address in front of several, without stickiness. */
export interface Balancer {
  readonly url: string;
  /** Gives an address a place in the rotation. */
  add(url: string): void;
  /** Takes it out; connections to it stay. */
  remove(url: string): void;
  /** Ends all connections, then listens no more. */
  close(): Promise<void>;
}

/**
 * Starts a load balancer on a free port of 127.0.0.1. It adds no failure of its own: a backend that refuses is passed
 * over, and a connection or request goes on for as long as its backend does.
 * @param each what goes to the next backend: each `connection`, as layer 4 balancers do it, or each `request`, so that
 *   even the requests of one session that share a connection arrive at different backends
 * @example
 * const balancer = await startBalancer([first.url, second.url]);
 * const session = await RawSession.open(`${balancer.url}/mcp/tools`);
 */
export async function startBalancer(
  backends: readonly string[],
  each: 'connection' | 'request' = 'connection',
): Promise<Balancer> {
  const rotation = new Rotation(backends);
  const server = each === 'connection' ? connectionServer(rotation) : requestServer(rotation);
  const clients = new Set<Socket>();
  server.on('connection', (client: Socket) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => rotation.add(url),
    remove: (url) => rotation.remove(url),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

function connectionServer(rotation: Rotation): Server {
  return createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, async (client) => {
    client.on('error', () => {});
    const backend = await rotation.connect();
    if (backend === undefined || client.destroyed) {
      backend?.destroy();
      client.resetAndDestroy();
    } else splice(client, backend);
  });
}
