import { CLIENT_AUTHORIZATION, PEER } from '../../mcp/headers.ts';
import { paramHeadersFor } from '../../mcp/param-headers.ts';
import { ownerHeaders } from '../elsewhere/owner-headers.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { declaredHeaders } from '../modern/param-headers.ts';
import type { Connection } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';

/** Headers of one request to a server that is reached over HTTP: those that its client sent for it, and what members tell each other. */
export function headersFor(
  hub: Hub,
  call: Call,
  hosted: Hosted,
  connection: Connection,
  params: Record<string, unknown> | undefined,
): Record<string, string> | undefined {
  if (connection.kind === 'stdio') return undefined;
  const headers = hosted.elsewhere ? forMember(hub, call) : named(hosted, call);
  if (call.method !== 'tools/call' || connection.era === 'legacy') return headers;
  const tools = hosted.catalog.peek('tools') ?? [];
  return { ...headers, ...paramHeadersFor(declaredHeaders(tools, String(params?.name)), params?.arguments) };
}

/** Only what the settings of the server name; a client's own token is not the server's unless they do (2025-11-25, basic/authorization). */
function named({ config }: Hosted, { headers }: Call): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of config.passthroughHeaders ?? []) {
    const key = name.toLowerCase();
    const value = (key === 'authorization' ? headers[CLIENT_AUTHORIZATION] : undefined) ?? headers[key];
    if (typeof value === 'string') passed[key] = value;
  }
  return passed;
}

/** Headers that belong to one hop or to the transport of its messages. */
const NOT_PASSED =
  /^(host|connection|content-.*|transfer-encoding|accept.*|mcp-.*|last-event-id|user-agent|authorization|cookie|x-forwarded-.*|x-mcphub-.*)$/;

/** The other node has the settings of the server, and picks from these. */
function forMember({ tag }: Hub, { headers, caller }: Call): Record<string, string> {
  const passed: Record<string, string> = { [PEER]: tag, ...ownerHeaders(caller) };
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && !NOT_PASSED.test(name)) passed[name] = value;
  }
  const authorization = headers[CLIENT_AUTHORIZATION] ?? headers.authorization;
  if (typeof authorization === 'string') passed[CLIENT_AUTHORIZATION] = authorization;
  return passed;
}
