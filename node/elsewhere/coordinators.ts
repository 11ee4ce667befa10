import type { Logger } from 'pino';
import { type Dispatcher, Pool } from 'undici';
import { CLUSTER_TOKEN, PEER } from '../../mcp/headers.ts';
import { describe } from '../membership/seat.ts';
import type { RemoteRequest, RemoteResponse } from '../servers/remote.ts';
import { isNotConnected } from '../servers/remote.ts';

/** A coordinator as this node knows it. */
export interface CoordinatorAddress {
  /** Scheme, address and port. */
  origin: string;
  /** The configured URL; its host and path are those that the coordinator is called by. */
  url: string;
}

interface CoordinatorsOptions {
  /** Those that know this node, in the order in which they are tried. */
  addresses: () => readonly CoordinatorAddress[];
  tokens: () => readonly string[];
  /** The tag of this node. */
  tag: string;
  log: Logger;
}

/** The way to the other nodes: any coordinator that knows this one. A coordinator that cannot be reached is followed by the next. */
export class Coordinators {
  readonly #options: CoordinatorsOptions;
  readonly #pools = new Map<string, Pool>();

  constructor(options: CoordinatorsOptions) {
    this.#options = options;
  }

  /**
   * Sends a request to the first coordinator that takes the connection.
   * @param path below the base path of the coordinators
   * @throws the error of the last one, or an Error that says that there is none
   */
  async request(path: string, { method, headers, body, signal }: RemoteRequest): Promise<RemoteResponse> {
    let last: unknown = new Error('no coordinator knows this node');
    for (const { origin, url } of this.#options.addresses()) {
      const { host, pathname } = new URL(url);
      try {
        return await this.#pool(origin).request({
          path: `${pathname.replace(/\/$/, '')}${path}`,
          method,
          headers: { ...headers, ...this.#ownHeaders(path), host },
          body: body ?? null,
          signal: signal ?? null,
        });
      } catch (error) {
        if (!isNotConnected(error)) throw error;
        this.#options.log.debug({ coordinator: origin, reason: describe(error) }, 'Coordinator not reached');
        last = error;
      }
    }
    throw last;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  /** The management API takes the token as all tokens are shown; on MCP paths that header is the client's. */
  #ownHeaders(path: string): Record<string, string> {
    const [token] = this.#options.tokens();
    const own = { [PEER]: this.#options.tag };
    if (token === undefined) return own;
    return path.startsWith('/api/') ? { ...own, authorization: `Bearer ${token}` } : { ...own, [CLUSTER_TOKEN]: token };
  }

  #pool(origin: string): Dispatcher {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, {
      bodyTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 4_000,
      connect: { timeout: 2_000 },
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}
