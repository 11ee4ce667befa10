import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Registry as PromRegistry } from 'prom-client';
import { createBoundary } from '../cluster/boundary.ts';
import { Graves } from '../cluster/graves.ts';
import type { SettingsSource } from '../settings/store.ts';
import { createApi } from './api/api.ts';
import { ROUTER_DEFAULTS, type RouterTimings } from './config.ts';
import type { RouterContext } from './context.ts';
import { drain, finish } from './drain.ts';
import { createClassifier } from './edge/classify.ts';
import { createEdge } from './edge/edge.ts';
import { createGate } from './edge/gate.ts';
import { HeldBodies } from './edge/held-bodies.ts';
import { createPrincipals } from './edge/principals.ts';
import type { Exchange } from './forward/exchange.ts';
import { createPools } from './forward/pools.ts';
import { refuseFault } from './forward/reply.ts';
import { createStreamKeeper } from './forward/streams.ts';
import { createMetrics } from './metrics.ts';
import { createCatalog } from './nodes/catalog.ts';
import { watchDoubtfulNodes } from './nodes/doubt.ts';
import { createExpectations } from './nodes/expectations.ts';
import { headersForServers } from './nodes/headers-for-servers.ts';
import { createRegistry } from './nodes/registry.ts';
import { createServerTable } from './nodes/server-table.ts';
import { createAffinities } from './sessions/affinities.ts';
import { Claims } from './sessions/claims.ts';
import { createPostedRequests } from './sessions/posted.ts';
import { createSessionIds } from './sessions/session-ids.ts';

export interface CoordinatorOptions {
  settings: SettingsSource;
  /** `port` 0 takes any; `basePath` is `''` or `/x`. */
  listen: { host: string; port: number; basePath: string };
  log: Logger;
  metrics: PromRegistry;
  version: string;
  /** Tokens of the cluster: all are accepted from nodes, the first is sent to them. Empty: no token is asked for. */
  clusterTokens: () => readonly string[];
  /** Cluster secrets for session ids: all are accepted, the first signs. Empty: see `createPrincipals`. */
  secrets: () => readonly string[];
  mode: 'standalone' | 'coordinator';
  /** Shorter times for tests. */
  timings?: Partial<RouterTimings> | undefined;
}

/** The router of a cluster: where clients connect. */
export interface Coordinator {
  /** Listens. @throws the error of `listen`, such as EADDRINUSE */
  start(): Promise<void>;
  /**
   * Ends. Graceful: it is not ready any more but goes on serving for `drainDelay`, with streams ended so that clients reopen them
   * elsewhere; then it takes no new connections, and requests get `drainTimeout` to finish.
   * @returns when nothing is open any more
   */
  stop(options?: { graceful?: boolean }): Promise<void>;
  /** Where it listens, with the base path, once it has started. */
  readonly url: string;
  /** Whether clients should be sent here: it serves, and the nodes that there are have had time to register. */
  ready(): boolean;
}

/**
 * Puts a coordinator together.
 * @example
 * const coordinator = createCoordinator({ settings, listen: { host: '127.0.0.1', port: 0, basePath: '' }, log, metrics: new Registry(), version: '1.0.0', clusterTokens: () => [], secrets: () => [], mode: 'coordinator' });
 * await coordinator.start();
 */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const { listen, log, settings, mode } = options;
  const context = createContext(options);
  const exchanges = new Set<Exchange>();
  let state: 'new' | 'serving' | 'draining' | 'stopping' = 'new';
  let url = '';
  const api = createApi(context, options);
  const server = createHttpServer(
    context.timings,
    context.boundary(
      'request',
      createGate(context, {
        classify: createClassifier(listen.basePath),
        exchanges,
        serving: () => state === 'serving',
        api,
      }),
      (_fault, _req, res) => refuseFault(res),
    ),
  );
  let expiry: NodeJS.Timeout | undefined;
  const watches: (() => void)[] = [];
  const config = () => settings.current.systemConfig.cluster.coordinator;

  return {
    get url() {
      return url;
    },
    ready: () => state === 'serving' && (mode === 'standalone' || context.expectations.settled()),
    async start() {
      await listenOn(server, listen);
      url = urlOf(server, listen);
      const { registry, claims, pools, affinities } = context;
      registry.start();
      watches.push(
        registry.onChange(() => pools.prune(registry.nodes.values())),
        registry.onForget((node) => claims.forget(node)),
        watchDoubtfulNodes(context, exchanges),
      );
      const expire = context.boundary('timer of sessions', () => affinities.expire(config().stickySessionTimeout));
      expiry = setInterval(expire, config().cleanupInterval).unref();
      state = 'serving';
      log.info({ role: 'coordinator', url }, 'Listening');
    },
    async stop({ graceful = false } = {}) {
      if (state === 'draining' || state === 'stopping') return;
      state = 'draining';
      context.serverTable.stop();
      const delay = graceful && mode !== 'standalone' ? config().drainDelay : 0;
      if (graceful) await drain(exchanges, delay);
      state = 'stopping';
      const closed = stopListening(server);
      if (graceful)
        await finish(exchanges, { atLeast: Math.min(delay, FRESH_CONNECTION), atMost: config().drainTimeout });
      clearInterval(expiry);
      for (const end of watches) end();
      // Connections that are just being accepted are there after this.
      await new Promise(setImmediate);
      server.closeAllConnections();
      await closed;
      context.registry.stop();
      context.keeper.stop();
      await context.pools.destroy();
    },
  };
}

/** The parts of a coordinator, wired up but not started. */
export function createContext(options: CoordinatorOptions): RouterContext {
  const { settings, listen, log, clusterTokens, secrets } = options;
  const timings: RouterTimings = { ...ROUTER_DEFAULTS, ...options.timings };
  const boundary = createBoundary(log);
  const registry = createRegistry(settings, log);
  const catalog = createCatalog(settings, registry);
  const affinities = createAffinities(log);
  const claims = new Claims();
  const nodeTimeout = () => settings.current.systemConfig.cluster.coordinator.nodeTimeout;
  return {
    settings,
    log,
    boundary,
    basePath: listen.basePath,
    clusterTokens,
    timings,
    registry,
    expectations: createExpectations(registry, (node) => claims.hasAllOf(node), nodeTimeout),
    catalog,
    serverTable: createServerTable(registry),
    principals: createPrincipals(settings, secrets, catalog, () => affinities.clear()),
    affinities,
    sessions: createSessionIds(affinities),
    claims,
    graves: new Graves(),
    posted: createPostedRequests(),
    pools: createPools(timings.connectTimeout, clusterTokens, (node) => registry.doubt(node)),
    keeper: createStreamKeeper(timings.keepAliveInterval, timings.slowClientTimeout, boundary),
    heldBodies: new HeldBodies(),
    edge: createEdge(settings, listen.host, () => headersForServers(registry)),
    metrics: createMetrics(options.metrics, registry, affinities),
  };
}

function createHttpServer(
  { headersTimeout, requestTimeout, slowSenderInterval }: RouterTimings,
  handler: RequestListener,
): Server {
  const { maxHeaderSize, keepAliveTimeout } = ROUTER_DEFAULTS;
  const server = createServer(
    {
      maxHeaderSize,
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: slowSenderInterval,
      keepAliveTimeout,
      noDelay: true,
    },
    handler,
  );
  server.on('clientError', onClientError);
  return server;
}

/** Answers what is no HTTP request, as far as the client can still be answered. */
function onClientError(error: NodeJS.ErrnoException, socket: Socket | import('node:stream').Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function listenOn(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** How long a connection that was just opened may take to send its request, in milliseconds. */
const FRESH_CONNECTION = 250;

/**
 * Takes no new connections. The `close` of an HTTP server would also end those that have been opened and whose first request
 * is on its way.
 * @returns when all connections have ended
 */
async function stopListening(server: Server): Promise<void> {
  // What waits to be accepted is accepted before the next check phase of the event loop.
  await new Promise(setImmediate);
  await new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}

function urlOf(server: Server, { host, basePath }: { host: string; basePath: string }): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' || host === '' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}${basePath}`;
}
