import { META, metaOf } from '../../mcp/modern.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Connection, Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import type { Send } from './fulfil.ts';
import { heldCallGone } from './held-call.ts';

type Params = Record<string, unknown> | undefined;

/**
 * A modern client at a modern server: the request goes through, and what only this server understands later (the state of a call that
 * waits for input, the id of a task) comes back pinned to this node.
 */
export async function passThrough(
  hub: Hub,
  call: Call,
  hosted: Hosted,
  connection: Connection,
  params: Params,
  send: Send,
): Promise<Outcome> {
  const outcome = await send(unpinned(hub, call, hosted, params, connection.server.protocolVersion));
  if ('error' in outcome) return outcome;
  const { result } = outcome;
  if (typeof result.requestState === 'string') {
    return { result: { ...result, requestState: hub.pins.state(call.caller, hosted.name, result.requestState) } };
  }
  if (typeof result.taskId === 'string' && (result.resultType === 'task' || call.method.startsWith('tasks/'))) {
    return { result: { ...result, taskId: hub.pins.task(call.caller, hosted.name, result.taskId) } };
  }
  return result.resultType === undefined ? { result: { ...result, resultType: 'complete' } } : outcome;
}

/** @throws NodeError MCPHUB_HELD_CALL_GONE when a state was not given to this client here, or belongs to a call that was held */
function unpinned({ pins, timing }: Hub, { caller }: Call, { name }: Hosted, params: Params, revision: string): Params {
  const meta = metaOf(params);
  const spoken =
    meta[META.protocolVersion] === revision
      ? params
      : { ...params, _meta: { ...meta, [META.protocolVersion]: revision } };
  if (typeof params?.requestState !== 'string') return spoken;
  const state = pins.readState(caller, name, params.requestState);
  // A call that was held needs the node that held it, which has gone or does not know it any more.
  if (state === undefined || 'heldCall' in state) throw heldCallGone(timing.clientAnswerTimeout);
  return { ...spoken, requestState: state.state };
}
