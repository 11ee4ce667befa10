import type { Logger } from 'pino';
import { Pool } from 'undici';
import { CLUSTER_TOKEN, PEER } from '../../mcp/headers.ts';
import { CONFIG } from '../config.ts';
import { describe } from '../membership/seat.ts';
import { isNotConnected, type RemoteRequest, type RemoteResponse } from '../servers/remote.ts';

/** A coordinator as this node knows it. */
export interface CoordinatorAddress {
  /** Scheme, address and port. */
  origin: string;
  /** The configured URL; its host and path are those that the coordinator is called by. */
  url: string;
}

interface Way {
  host: string;
  basePath: string;
  pool: Pool;
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
  readonly #ways = new Map<string, Way>();

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
      const { host, basePath, pool } = this.#way(origin, url);
      try {
        return await pool.request({
          path: basePath + path,
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
    await Promise.all([...this.#ways.values()].map(({ pool }) => pool.destroy()));
    this.#ways.clear();
  }

  /** The management API takes the token as all tokens are shown; on MCP paths that header is the client's. */
  #ownHeaders(path: string): Record<string, string> {
    const [token] = this.#options.tokens();
    const own = { [PEER]: this.#options.tag };
    if (token === undefined) return own;
    return path.startsWith('/api/') ? { ...own, authorization: `Bearer ${token}` } : { ...own, [CLUSTER_TOKEN]: token };
  }

  /** Made once for each coordinator; each address of a name is one. */
  #way(origin: string, url: string): Way {
    const known = this.#ways.get(origin);
    if (known !== undefined) return known;
    this.#forgetReplaced();
    const { host, pathname } = new URL(url);
    const pool = new Pool(origin, {
      bodyTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: CONFIG.elsewhereKeepAlive,
      // Coordinators offer more, which would be taken otherwise.
      keepAliveMaxTimeout: CONFIG.elsewhereKeepAlive,
      connect: { timeout: CONFIG.elsewhereConnect },
    });
    const way = { host, basePath: pathname.replace(/\/$/, ''), pool };
    this.#ways.set(origin, way);
    return way;
  }

  /** Coordinators that are replaced have other addresses each time. Requests that are under way are finished. */
  #forgetReplaced(): void {
    const origins = new Set(this.#options.addresses().map(({ origin }) => origin));
    for (const [origin, { pool }] of this.#ways) {
      if (origins.has(origin)) continue;
      this.#ways.delete(origin);
      pool.close().catch(() => undefined);
    }
  }
}
