import type { Call } from '../call.ts';
import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import { ownerOf, resolveName, resolveUri } from '../resolve.ts';
import type { Outcome } from '../servers/connection.ts';
import { forward } from './forward.ts';

/** `completion/complete` (specification: server/utilities/completion): goes to the server that has the reference. */
export async function complete(hub: Hub, call: Call): Promise<Outcome> {
  const ref = call.params?.ref as { type?: unknown; name?: unknown; uri?: unknown } | undefined;
  if (ref?.type === 'ref/prompt' && typeof ref.name === 'string') {
    const { server, name } = await resolveName(hub, call.session, 'prompts', ref.name);
    return forward(hub, call, server.hosted, { ...call.params, ref: { ...ref, name } });
  }
  if (ref?.type === 'ref/resource' && typeof ref.uri === 'string') {
    const view = hub.view(call.session);
    const [only] = view.servers;
    const owner =
      view.servers.length === 1
        ? only
        : ((await ownerOf(hub, call.session, 'templates', ref.uri)) ??
          (await resolveUri(hub, call.session, ref.uri))[0]);
    if (owner !== undefined) return forward(hub, call, owner.hosted, call.params);
  }
  throw new NodeError('MCPHUB_PARAMS_INVALID', {
    method: call.method,
    reason: 'ref must be { "type": "ref/prompt", "name" } or { "type": "ref/resource", "uri" } of something listed',
  });
}
