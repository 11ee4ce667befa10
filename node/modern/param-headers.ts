import { type ParamHeader, paramHeaderProblem, paramHeaders } from '../../mcp/param-headers.ts';
import { list } from '../catalog/listing.ts';
import { type Item, LISTS } from '../catalog/lists.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import type { Call } from '../sessions/call.ts';

const NONE: readonly ParamHeader[] = [];

/** The tools of a list that declare headers; most lists have none. */
const declaring = new WeakMap<readonly Item[], ReadonlyMap<string, readonly ParamHeader[]>>();

/** The headers that a tool of a list declares. */
export function declaredHeaders(tools: readonly Item[], name: unknown): readonly ParamHeader[] {
  let declared = declaring.get(tools);
  if (declared === undefined) {
    declared = scan(tools);
    declaring.set(tools, declared);
  }
  return declared.get(String(name)) ?? NONE;
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
 * basic/transports/streamable-http, "Custom Headers").
 * @throws NodeError MCPHUB_HEADER_MISMATCH
 */
export async function checkParamHeaders(hub: Hub, call: Call): Promise<void> {
  const { items } = await list(hub, call.caller, 'tools');
  const declared = declaredHeaders(items, call.params?.name);
  if (declared.length === 0) return;
  const reason = paramHeaderProblem(declared, call.params?.arguments, call.headers);
  if (reason !== undefined) throw new NodeError('MCPHUB_HEADER_MISMATCH', { reason });
}
