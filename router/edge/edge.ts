import type { SettingsSource } from '../../settings/store.ts';
import { type RouterError, routerError } from '../errors.ts';
import type { RequestHead } from './head.ts';

/** What every request passes first, whatever its path. */
export interface Edge {
  /** @returns why the `Host` is refused (DNS rebinding), or undefined */
  checkHost(head: RequestHead): RouterError | undefined;
  /** @returns why the `Origin` is refused (2025-11-25, basic/transports, "Security Warning"), or undefined */
  checkOrigin(head: RequestHead): RouterError | undefined;
  /** CORS headers, names and values in turn, for a response to an allowed origin; empty without `Origin`. */
  corsHeaders(head: RequestHead): readonly string[];
  /** Headers of the answer to an `OPTIONS` request. */
  preflightHeaders(head: RequestHead): readonly string[];
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const NONE: readonly string[] = [];
const EXPOSED = 'Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Last-Event-Id, Retry-After';
const REQUEST_HEADERS =
  'accept, authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id';

/**
 * Makes the checks for a listening address.
 * @param host the address that the coordinator is bound to
 */
export function createEdge(settings: SettingsSource, host: string): Edge {
  const loopbackOnly = isLoopbackAddress(host);
  const routing = () => settings.current.systemConfig.routing;
  const sticky = () => settings.current.systemConfig.cluster.stickySession;

  function hostAllowed(value: string): boolean {
    const { allowedHosts } = routing();
    if (!loopbackOnly && allowedHosts.length === 0) return true;
    const text = value.toLowerCase();
    const name = text.replace(/:\d*$/, '');
    return LOOPBACK.has(name) || allowedHosts.some((allowed) => matches(allowed.toLowerCase(), text, name));
  }
  function originAllowed(origin: string): boolean {
    const { allowedOrigins } = routing();
    if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
    return isLoopbackOrigin(origin);
  }
  function exposed(): string {
    const { strategy, headerName } = sticky();
    return strategy === 'header' ? `${EXPOSED}, ${headerName}` : EXPOSED;
  }

  return {
    checkHost(head) {
      const value = head.host;
      if (value !== undefined && hostAllowed(value)) return undefined;
      return routerError('MCPHUB_HOST_REFUSED', { host: shorten(value ?? '') });
    },
    checkOrigin({ origin }) {
      if (origin === undefined || originAllowed(origin)) return undefined;
      return routerError('MCPHUB_ORIGIN_REFUSED', { origin: shorten(origin) });
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
      const asked = parameterHeaders(head);
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

/** `Mcp-Param-*` names cannot be listed beforehand, and a wildcard does not work with credentials: allow those asked for. */
function parameterHeaders(head: RequestHead): string {
  const at = head.forward.findIndex(
    (name, i) => i % 2 === 0 && name.toLowerCase() === 'access-control-request-headers',
  );
  const asked = at < 0 ? '' : (head.forward[at + 1] ?? '');
  return asked
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => /^(mcp-param-[\w-]+|x-mcphub-state-id)$/.test(name))
    .join(', ');
}

/** An allowed host without a port means any port. */
function matches(allowed: string, text: string, name: string): boolean {
  return allowed === text || allowed === name;
}

function isLoopbackOrigin(origin: string): boolean {
  const match = /^https?:\/\/([^/:]+|\[[^\]]+\])(:\d+)?$/.exec(origin);
  return match?.[1] !== undefined && LOOPBACK.has(match[1].toLowerCase());
}

/** Whether only this machine can reach a listening address. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** Keeps what a stranger sent from filling the answer. */
function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
