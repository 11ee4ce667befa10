import { type ParamHeader, paramHeaderProblem, paramHeaders } from '../../mcp/param-headers.ts';
import { itemsOf } from '../catalog/listing.ts';
import { type Item, LISTS } from '../catalog/lists.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Call } from '../sessions/call.ts';

const NONE: readonly ParamHeader[] = [];

/** The tools of a list that declare headers; most lists have none. */
const declaring = new WeakMap<readonly Item[], ReadonlyMap<string, readonly ParamHeader[]>>();

/** The headers that a tool of a list declares. */
export function declaredHeaders(tools: readonly Item[], name: string): readonly ParamHeader[] {
  let declared = declaring.get(tools);
  if (declared === undefined) {
    declared = scan(tools);
    declaring.set(tools, declared);
  }
  return declared.get(name) ?? NONE;
}

function scan(tools: readonly Item[]): Map<string, readonly ParamHeader[]> {
  const declared = new Map<string, readonly ParamHeader[]>();
  for (const tool of tools) {
    const headers = paramHeaders(tool.inputSchema);
    if (typeof headers !== 'string' && headers.length > 0) declared.set(tool[LISTS.tools.key] as string, headers);
  }
  return declared;
}

/**
 * Compares the `Mcp-Param-*` headers of a call with its arguments: behind this hop nobody can (2026-07-28,
 * basic/transports/streamable-http, "Custom Headers"). Only the server that is called is asked for its list, if it is not known.
 * @param name by which the server itself knows the tool
 * @throws NodeError MCPHUB_HEADER_MISMATCH
 */
export async function checkParamHeaders(hub: Hub, call: Call, hosted: Hosted, name: string): Promise<void> {
  const known = hub.catalog(call.caller, hosted).fresh('tools');
  const tools = known ?? (await itemsOf(hub, call.caller, hosted, 'tools')) ?? [];
  const declared = declaredHeaders(tools, name);
  if (declared.length === 0) return;
  const reason = paramHeaderProblem(declared, call.params?.arguments, call.headers);
  if (reason !== undefined) throw new NodeError('MCPHUB_HEADER_MISMATCH', { reason });
}
