import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostName, isHostAllowed, isLoopbackAddress, isOriginAllowed, shortened } from '../../mcp/host-and-origin.ts';
import type { Routing } from '../../settings/schema.ts';
import { NodeError } from '../node-error.ts';

/** Where a node listens, and by which address members know it. */
export interface OwnPort {
  host: string;
  /** Undefined: by an IP address of its own. */
  url: string | undefined;
}

/**
 * What is wrong with the `Host` or `Origin` of a request that shows no token of the cluster: the rules are those of a coordinator.
 * Members call a node by its own name or by an IP address, and those cannot be made to lead elsewhere.
 */
export function strangerProblem(
  { host, origin }: IncomingHttpHeaders,
  port: OwnPort,
  { allowedHosts, allowedOrigins }: Routing,
): NodeError | undefined {
  const loopbackOnly = isLoopbackAddress(port.host);
  if (!isOwn(host ?? '', port) && !isHostAllowed(host ?? '', { allowedHosts, loopbackOnly })) {
    return new NodeError('MCPHUB_HOST_REFUSED', { host: shortened(host ?? '') });
  }
  if (origin === undefined || isOriginAllowed(origin, allowedOrigins)) return undefined;
  return new NodeError('MCPHUB_ORIGIN_REFUSED', { origin: shortened(origin) });
}

function isOwn(host: string, { url }: OwnPort): boolean {
  const name = hostName(host.toLowerCase());
  if (url !== undefined && URL.canParse(url) && name === new URL(url).hostname) return true;
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
