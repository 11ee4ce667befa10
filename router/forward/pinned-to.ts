import { readPin } from '../../cluster/pinned.ts';
import { decodeHeaderValue } from '../../mcp/header-value.ts';
import { isObject, parseJson } from '../../mcp/json.ts';
import type { RequestHead } from '../edge/head.ts';

/** Requests about a task, whose id `Mcp-Name` has (extension of tasks). */
const TASKS: ReadonlySet<string> = new Set(['tasks/get', 'tasks/update', 'tasks/cancel']);

const REQUEST_STATE = '"requestState"';

/**
 * The tag of the node that a modern request must reach because only that one understands what it brings back: the id of a task,
 * or the state of a call that waited for input (2026-07-28, basic/patterns/multi-round-trip).
 * @param body as far as it is held; it is read as JSON only if it looks like having such a state
 * @param maxValues see `parseJson`
 */
export function pinnedTo(
  { mcpMethod, mcpName }: Pick<RequestHead, 'mcpMethod' | 'mcpName'>,
  body: Buffer | undefined,
  maxValues?: number,
): string | undefined {
  if (mcpMethod !== undefined && TASKS.has(mcpMethod)) {
    const id = mcpName === undefined ? undefined : decodeHeaderValue(mcpName);
    return id === undefined ? undefined : readPin(id)?.tag;
  }
  if (body === undefined || !body.includes(REQUEST_STATE)) return undefined;
  const state = stateOf(body, maxValues);
  return typeof state === 'string' ? readPin(state)?.tag : undefined;
}

function stateOf(body: Buffer, maxValues: number | undefined): unknown {
  try {
    const message = parseJson(body, maxValues);
    return isObject(message) && isObject(message.params) ? message.params.requestState : undefined;
  } catch {
    return undefined;
  }
}
