import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { KubeConfig, KubeCredentials } from './contract.ts';

/** Streams that one HTTP/2 connection carries; API servers allow at least 100. */
const STREAMS = 100;
/** Connections of watches at most; a second one opens above 100 watches. */
const WATCH_CONNECTIONS = 10;
/** Milliseconds between HTTP/2 pings. */
export const PING = 10_000;
/** Milliseconds to connect. */
const CONNECT = 10_000;

/** Watches have their own connection, so that a slow reader of one never holds up a call. */
export type Lane = 'call' | 'watch';

/** The connections to one API server. They are opened anew when CA or client certificate change. */
export interface Connection {
  /** A dispatcher for one request, with the headers that prove who we are. */
  open(lane: Lane, fresh?: boolean): Promise<{ dispatcher: Dispatcher; headers: Record<string, string> }>;
  /** The server speaks no HTTP/2: from now on as many HTTP/1.1 connections as needed. Whether that was news. */
  useHttp1(error: unknown): boolean;
  close(): Promise<void>;
}

/** Fails the first connection to a server without HTTP/2, since one connection cannot carry many streams there. */
class NoHttp2 extends Error {
  override readonly name = 'NoHttp2';
}

/**
 * Opens nothing until the first request.
 * @param pingMs milliseconds between HTTP/2 pings; a connection that is silent for two of them is given up
 */
export function createConnection(config: KubeConfig, pingMs: number = PING): Connection {
  let lanes: { id: string; http1: boolean; call: Dispatcher; watch: Dispatcher } | undefined;
  let http1 = !config.server.startsWith('https:') || config.proxyUrl !== undefined;
  const retired = new Set<Dispatcher>();

  /** Streams in flight end by themselves; the server bounds watches. */
  function retire(): void {
    for (const lane of lanes === undefined ? [] : [lanes.call, lanes.watch]) {
      retired.add(lane);
      void lane
        .close()
        .catch(() => undefined)
        .then(() => retired.delete(lane));
    }
    lanes = undefined;
  }

  return {
    async open(lane, fresh) {
      const { headers, tls } = await config.credentials(fresh);
      const id = createHash('sha256').update(JSON.stringify(tls)).digest('base64');
      if (lanes?.id !== id || lanes.http1 !== http1) {
        retire();
        const make = (connections: number) =>
          createDispatcher(config, tls, http1 ? undefined : { connections, pingMs });
        lanes = { id, http1, call: make(1), watch: make(WATCH_CONNECTIONS) };
      }
      return { dispatcher: lanes[lane], headers };
    },
    useHttp1(error) {
      if (!(error instanceof NoHttp2)) return false;
      http1 = true;
      return true;
    },
    async close() {
      retire();
      await Promise.allSettled([...retired].map((lane) => lane.destroy()));
    },
  };
}

/** @param http2 undefined for HTTP/1.1 */
function createDispatcher(
  config: KubeConfig,
  tls: KubeCredentials['tls'],
  http2: { connections: number; pingMs: number } | undefined,
): Dispatcher {
  const endless = { bodyTimeout: 0, headersTimeout: 0 };
  if (config.proxyUrl !== undefined) {
    return new ProxyAgent({ uri: config.proxyUrl, requestTls: { ...tls, timeout: CONNECT }, ...endless });
  }
  if (http2 === undefined) {
    const connect = buildConnector({ ...tls, allowH2: false, timeout: CONNECT });
    return new Pool(config.server, { connect, allowH2: false, keepAliveTimeout: 30_000, ...endless });
  }
  return new Pool(config.server, {
    connect: http2Only(buildConnector({ ...tls, allowH2: true, timeout: CONNECT }), http2.pingMs),
    allowH2: true,
    connections: http2.connections,
    pipelining: STREAMS,
    h2Options: { maxConcurrentStreams: STREAMS, pingInterval: http2.pingMs },
    ...endless,
  });
}

function http2Only(connect: buildConnector.connector, pingMs: number): buildConnector.connector {
  return (options, callback) =>
    connect(options, (error, socket) => {
      if (error !== null) return callback(error, null);
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') {
        endWhenSilent(socket, pingMs);
        return callback(null, socket);
      }
      socket.destroy();
      callback(new NoHttp2('the server speaks no HTTP/2'), null);
    });
}

/**
 * Ends a connection by which nothing came for two pings: their answers would have. Without it all calls would go on
 * dying on a connection that broke in silence, since a stream that is given up leaves its connection as it is.
 */
function endWhenSilent(socket: Socket, pingMs: number): void {
  let bytes = -1;
  let silent = 0;
  const watchdog = setInterval(() => {
    silent = socket.bytesRead === bytes ? silent + 1 : 0;
    bytes = socket.bytesRead;
    if (silent >= 2) socket.destroy(new Error(`the connection was silent for ${2 * pingMs} ms in spite of pings`));
  }, pingMs).unref();
  socket.once('close', () => clearInterval(watchdog));
}
