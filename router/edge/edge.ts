import { isHostAllowed, isLoopbackAddress, isOriginAllowed, shortened } from '../../mcp/host-and-origin.ts';
import type { SettingsSource } from '../../settings/store.ts';
import { type RouterError, routerError } from '../errors.ts';
import { forwardedHeader, type RequestHead } from './head.ts';

/** What every request passes first, whatever its path. */
export interface Edge {
  /** @returns why the `Host` that the client wrote is refused (DNS rebinding), or undefined */
  checkHost(host: string | undefined): RouterError | undefined;
  /** @returns why the `Origin` is refused (2025-11-25, basic/transports, "Security Warning"), or undefined */
  checkOrigin(head: RequestHead): RouterError | undefined;
  /** CORS headers, names and values in turn, for a response to an allowed origin; empty without `Origin`. */
  corsHeaders(head: RequestHead): readonly string[];
  /** Headers of the answer to an `OPTIONS` request. */
  preflightHeaders(head: RequestHead): readonly string[];
}

const NONE: readonly string[] = [];
const EXPOSED = 'Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Last-Event-Id, Retry-After';
const REQUEST_HEADERS =
  'accept, authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id';

/**
 * Makes the checks for a listening address.
 * @param host the address that the coordinator is bound to
 * @param passedOn names of headers, in lower case, that servers of other members want of clients; see `passthroughHeaders`
 */
export function createEdge(settings: SettingsSource, host: string, passedOn: () => Iterable<string> = () => []): Edge {
  const loopbackOnly = isLoopbackAddress(host);
  const routing = () => settings.current.systemConfig.routing;
  const sticky = () => settings.current.systemConfig.cluster.stickySession;

  function exposed(): string {
    const { strategy, headerName } = sticky();
    return strategy === 'header' ? `${EXPOSED}, ${headerName}` : EXPOSED;
  }

  return {
    checkHost(value) {
      const { allowedHosts } = routing();
      if (value !== undefined && isHostAllowed(value, { allowedHosts, loopbackOnly })) return undefined;
      return routerError('MCPHUB_HOST_REFUSED', { host: shortened(value ?? '') });
    },
    checkOrigin({ origin }) {
      if (origin === undefined || isOriginAllowed(origin, routing().allowedOrigins)) return undefined;
      return routerError('MCPHUB_ORIGIN_REFUSED', { origin: shortened(origin) });
    },
    corsHeaders({ origin }) {
      if (origin === undefined) return NONE;
      return [
        'access-control-allow-origin',
        origin,
        'access-control-allow-credentials',
        'true',
        'access-control-expose-headers',
        exposed(),
        'vary',
        'Origin',
      ];
    },
    preflightHeaders(head) {
      const { strategy, headerName } = sticky();
      const asked = askedHeaders(head, new Set([...ownPassthroughHeaders(settings), ...passedOn()]));
      const allowed = strategy === 'header' ? `${REQUEST_HEADERS}, ${headerName.toLowerCase()}` : REQUEST_HEADERS;
      return [
        ...this.corsHeaders(head),
        'access-control-allow-methods',
        'GET, POST, DELETE, OPTIONS',
        'access-control-allow-headers',
        asked === '' ? allowed : `${allowed}, ${asked}`,
        'access-control-max-age',
        '600',
        'content-length',
        '0',
      ];
    },
  };
}

/** Headers of ours that not every client sends; the names of `Mcp-Param-*` cannot be listed beforehand. */
const ON_DEMAND = /^(mcp-param-[\w-]+|x-mcphub-(state-id|roots))$/;

/** Of the headers that a browser asks for, those that servers or the hub may want. A wildcard does not work with credentials. */
function askedHeaders(head: RequestHead, passedOn: ReadonlySet<string>): string {
  return (forwardedHeader(head, 'access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => ON_DEMAND.test(name) || passedOn.has(name))
    .join(', ');
}

function ownPassthroughHeaders({ current }: SettingsSource): string[] {
  return Object.values(current.mcpServers).flatMap(({ passthroughHeaders = [] }) =>
    passthroughHeaders.map((name) => name.toLowerCase()),
  );
}
