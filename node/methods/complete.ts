import { ownerOf, resolveName, resolveUri } from '../catalog/resolve.ts';
import type { ViewServer } from '../catalog/view.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { forward } from './forward.ts';
import { nameIn, uriIn } from './identifiers.ts';

/** `completion/complete` (specification: server/utilities/completion): goes to the server that has the reference. */
export async function complete(hub: Hub, call: Call): Promise<Outcome> {
  const ref = call.params?.ref as { type?: unknown; name?: unknown; uri?: unknown } | undefined;
  if (ref?.type === 'ref/prompt' && typeof ref.name === 'string') {
    const { server, name } = await resolveName(hub, call.caller, 'prompts', nameIn(call.method, ref.name, 'ref.name'));
    return forward(hub, call, server.hosted, { ...call.params, ref: { ...ref, name } });
  }
  if (ref?.type === 'ref/resource' && typeof ref.uri === 'string') {
    const owner = await resourceOwner(hub, call, uriIn(call.method, ref.uri, 'ref.uri'));
    if (owner !== undefined) return forward(hub, call, owner.hosted, call.params);
  }
  throw new NodeError('MCPHUB_PARAMS_INVALID', {
    method: call.method,
    reason: 'ref must be { "type": "ref/prompt", "name" } or { "type": "ref/resource", "uri" } of something listed',
  });
}

/**
 * Several candidates are none: a guess would show a client the values of another server.
 * @throws NodeError MCPHUB_DISABLED
 */
async function resourceOwner(hub: Hub, call: Call, uri: string): Promise<ViewServer | undefined> {
  if (hub.view(call.caller).servers.length === 1) return (await resolveUri(hub, call.caller, uri))[0];
  const owner = await ownerOf(hub, call.caller, 'templates', uri);
  if (owner !== undefined) return owner;
  const candidates = await resolveUri(hub, call.caller, uri);
  return candidates.length === 1 ? candidates[0] : undefined;
}
