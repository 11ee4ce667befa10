import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { createBoundary } from '../cluster/boundary.ts';
import { DEFAULTS } from '../settings/defaults.ts';
import { addressError } from './address-error.ts';
import { ExitError } from './exit.ts';
import type { Logger } from './log.ts';

export interface OpsOptions {
  registry: Registry;
  /** Whether the process takes traffic; asked for at each `/readyz`. */
  ready: () => boolean;
  /** False when only a restart helps; asked for at each `/livez`. Default: always true. */
  live?: () => boolean;
  host: string;
  /** METRICS_PORT; undefined means the default port, or a free one when that is taken. */
  port: number | undefined;
  log: Logger;
}

export interface OpsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The server for those who run the process, apart from the MCP port: `/metrics` (Prometheus text format), `/livez` (the
 * event loop turns, and nothing hangs) and `/readyz` (503 until ready and while draining).
 * @throws ExitError when a port that was asked for by METRICS_PORT is taken, or the address cannot be listened on
 */
export async function startOps(options: OpsOptions): Promise<OpsServer> {
  const { host } = options;
  const wanted = options.port ?? DEFAULTS.opsPort;
  const serve = createBoundary(options.log)(
    'request of an operator',
    (request: IncomingMessage, response: ServerResponse) => answer(request, response, options),
    (_fault, _request, response) =>
      response.headersSent ? response.destroy() : send(response, 500, 'internal error\n'),
  );
  const server = createServer(serve);
  server.headersTimeout = 10_000;
  try {
    await listen(server, host, wanted);
  } catch (error) {
    if (!isTaken(error)) throw addressError(error, { host, port: wanted, variable: 'METRICS_PORT' });
    if (options.port !== undefined) {
      throw new ExitError(
        `port ${options.port} for metrics and probes is in use on ${options.host}: ` +
          'stop the process that has it, or set METRICS_PORT to another port (0 takes a free one)',
      );
    }
    await listen(server, options.host, 0);
  }
  const { address, family, port } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  options.log.info({ url }, 'Metrics and probes are served');
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: OpsOptions): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'only GET is allowed\n');
  if (path === '/livez')
    return options.live?.() === false ? send(response, 503, 'hangs\n') : send(response, 200, 'ok\n');
  if (path === '/readyz') return options.ready() ? send(response, 200, 'ok\n') : send(response, 503, 'not ready\n');
  if (path !== '/metrics') return send(response, 404, 'there is /metrics, /livez and /readyz\n');
  try {
    send(response, 200, await options.registry.metrics(), options.registry.contentType);
  } catch (error) {
    options.log.error({ err: error }, 'Collecting metrics failed');
    send(response, 500, 'collecting metrics failed; see the log\n');
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}
