import { resolveName } from '../catalog/resolve.ts';
import type { Hub } from '../hub.ts';
import { checkParamHeaders } from '../modern/param-headers.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { callSmart } from '../smart/serve.ts';
import { forward } from './forward.ts';
import { nameIn } from './identifiers.ts';

/**
 * `tools/call` (specification: server/tools, "Calling Tools"); on a smart target, of the tools that it lists itself.
 * @param params what is called; others than the call's own name a tool behind a smart target
 */
export function callTool(hub: Hub, call: Call, params = call.params): Promise<Outcome> {
  const isSmart = params === call.params && hub.view(call.caller).kind === 'smart';
  return isSmart ? callSmart(hub, call, callNamed) : callNamed(hub, call, params);
}

async function callNamed(hub: Hub, call: Call, params: Record<string, unknown> | undefined): Promise<Outcome> {
  const { server, name } = await resolveName(hub, call.caller, 'tools', nameIn(call.method, params?.name));
  // What is called through a smart target has no headers of its own.
  if (call.caller.modern !== undefined && params === call.params)
    await checkParamHeaders(hub, call, server.hosted, name);
  const observe = hub.metrics.toolCall(server.hosted.name, name);
  try {
    const outcome = await forward(hub, call, server.hosted, { ...params, name });
    observe('error' in outcome ? 'error' : outcome.result.isError === true ? 'tool_error' : 'ok');
    return outcome;
  } catch (error) {
    observe('error');
    throw error;
  }
}

/** `prompts/get` (specification: server/prompts, "Getting a Prompt"). */
export async function getPrompt(hub: Hub, call: Call): Promise<Outcome> {
  const { server, name } = await resolveName(hub, call.caller, 'prompts', nameIn(call.method, call.params?.name));
  return forward(hub, call, server.hosted, { ...call.params, name });
}
