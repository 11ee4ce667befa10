import { resolveName } from '../catalog/resolve.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { forward } from './forward.ts';

/** `tools/call` (specification: server/tools, "Calling Tools"). */
export async function callTool(hub: Hub, call: Call): Promise<Outcome> {
  const { server, name } = await resolveName(hub, call.session, 'tools', nameOf(call));
  const observe = hub.metrics.toolCall(server.hosted.name, name);
  try {
    const outcome = await forward(hub, call, server.hosted, { ...call.params, name });
    observe('error' in outcome ? 'error' : outcome.result.isError === true ? 'tool_error' : 'ok');
    return outcome;
  } catch (error) {
    observe('error');
    throw error;
  }
}

/** `prompts/get` (specification: server/prompts, "Getting a Prompt"). */
export async function getPrompt(hub: Hub, call: Call): Promise<Outcome> {
  const { server, name } = await resolveName(hub, call.session, 'prompts', nameOf(call));
  return forward(hub, call, server.hosted, { ...call.params, name });
}

function nameOf({ method, params }: Call): string {
  const name = params?.name;
  if (typeof name === 'string') return name;
  throw new NodeError('MCPHUB_PARAMS_INVALID', { method, reason: 'name must be a string' });
}
