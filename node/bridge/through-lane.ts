import { META } from '../../mcp/modern.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { heldCallGone } from './held-call.ts';
import { ofModern } from './requests.ts';
import { asModern } from './results.ts';

/** A modern client at a server of an older revision that has a process for each client: what the server asks becomes `input_required`. */
export async function throughLane(
  hub: Hub,
  call: Call,
  hosted: Hosted,
  params: Record<string, unknown> | undefined,
): Promise<Outcome> {
  const requestState = params?.requestState;
  const isNew = typeof requestState !== 'string';
  const state = isNew ? undefined : hub.pins.readState(call.caller, hosted.name, requestState);
  if (!isNew && (state === undefined || 'state' in state)) throw heldCallGone(hub.timing.clientAnswerTimeout);
  const answered =
    state !== undefined && 'heldCall' in state
      ? await hub.lanes.resume(state.heldCall, call)
      : await hub.lanes.serve(call, hosted, ofModern(params) ?? {});
  const serverInfo = hosted.host.known?.serverInfo ?? { name: hosted.name, version: '' };
  if (!('heldCall' in answered)) return asModern(call.method, answered, serverInfo);
  return {
    result: {
      resultType: 'input_required',
      inputRequests: answered.inputRequests,
      requestState: hub.pins.heldCall(call.caller, hosted.name, answered.heldCall),
      _meta: { [META.serverInfo]: serverInfo },
    },
  };
}
