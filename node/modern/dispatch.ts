import { INVALID_PARAMS, RESOURCE_NOT_FOUND } from '../../mcp/errors.ts';
import { asModern } from '../bridge/results.ts';
import type { Hub } from '../hub.ts';
import { complete } from '../methods/complete.ts';
import { type Handler, lister, serve } from '../methods/dispatch.ts';
import { callTool, getPrompt } from '../methods/named.ts';
import { readResource } from '../methods/resources.ts';
import type { Call } from '../sessions/call.ts';
import { discover } from './discover.ts';
import { onTask } from './tasks.ts';

/** What the hub itself answers in a form of older revisions, such as the tools of `$smart`, becomes a result of this one. */
function inModernForm(handler: Handler): Handler {
  return async (hub, call) => {
    const outcome = await handler(hub, call);
    if ('prepared' in outcome || 'error' in outcome || outcome.result.resultType !== undefined) return outcome;
    return asModern(call.method, outcome, { name: 'mcphub', version: hub.version });
  };
}

/** Requests of 2026-07-28, except `subscriptions/listen`, which is a stream of its own. */
const METHODS: Readonly<Record<string, Handler>> = {
  'server/discover': discover,
  'tools/list': lister('tools'),
  'tools/call': inModernForm(callTool),
  'prompts/list': lister('prompts'),
  'prompts/get': getPrompt,
  'resources/list': lister('resources'),
  'resources/templates/list': lister('templates'),
  'resources/read': readModernResource,
  'completion/complete': complete,
  'tasks/get': onTask,
  'tasks/update': onTask,
  'tasks/cancel': onTask,
};

/** Serves one modern request to its answer. Never rejects. */
export function dispatchModern(hub: Hub, call: Call): Promise<void> {
  return serve(hub, call, METHODS);
}

/** The code of older revisions for a resource that does not exist is not one of this (2026-07-28, server/resources). */
async function readModernResource(hub: Hub, call: Call): ReturnType<Handler> {
  const outcome = await readResource(hub, call);
  if (!('error' in outcome) || outcome.error.code !== RESOURCE_NOT_FOUND) return outcome;
  return { error: { ...outcome.error, code: INVALID_PARAMS } };
}
