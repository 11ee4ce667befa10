import { CAPABILITY_MISSING } from '../../mcp/errors.ts';
import type { JsonRpcErrorObject, JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { claimedRevision } from '../../mcp/modern.ts';
import type { Hub } from '../hub.ts';
import { dispatchModern } from '../modern/dispatch.ts';
import { Listener } from '../modern/listener.ts';
import { mustBeTied, untied } from '../modern/tied.ts';
import { Call } from '../sessions/call.ts';
import { ModernCaller } from '../sessions/modern-caller.ts';
import type { HubRequest, HubResponse } from './carried.ts';
import { refuse } from './http-errors.ts';
import type { Body } from './messages.ts';
import { checkModern, modernRequest } from './modern-checks.ts';
import { Reply } from './reply.ts';
import { requireTarget } from './target.ts';

/** One POST of 2026-07-28: a request with all that it needs, answered on its own response. */
export function serveModern(hub: Hub, target: string, body: Body, request: HubRequest, response: HubResponse): void {
  const message = modernRequest(body);
  if (message === undefined) {
    response.writeHead(202).end();
    return;
  }
  try {
    const envelope = checkModern(message, request.headers);
    const caller = new ModernCaller(target, envelope, request.headers);
    const refused = hub.findView(target) === undefined ? requireTarget(hub, target) : undefined;
    const admitted =
      refused === undefined ? admit(hub, caller, message) : refused.then(() => admit(hub, caller, message));
    if (admitted === undefined) return begin(hub, caller, message, response);
    admitted
      .then(() => begin(hub, caller, message, response))
      .catch((error: unknown) => refuse(response, error, message.id));
  } catch (error) {
    refuse(response, error, message.id);
  }
}

/**
 * What is offered is told to everybody; all else only where it is offered.
 * @returns undefined when that is known at once
 * @throws NodeError MCPHUB_NEEDS_SESSION
 */
function admit(hub: Hub, caller: ModernCaller, { method, params }: JsonRpcRequest): Promise<void> | undefined {
  if (method === 'server/discover') return undefined;
  const check = (must: boolean): undefined => {
    if (must) throw untied(String(claimedRevision(params)));
  };
  const must = mustBeTied(hub, caller);
  return typeof must === 'boolean' ? check(must) : must.then(check);
}

/** Closing the response cancels the request (2026-07-28, basic/patterns/cancellation). */
function begin(hub: Hub, caller: ModernCaller, message: JsonRpcRequest, response: HubResponse): void {
  if (response.destroyed) return;
  if (message.method === 'subscriptions/listen') return Listener.open(hub, caller, message, response);
  const reply = new Reply(response, { pending: 1, batch: false, silence: hub.timing.silenceBeforeStream, statusOf });
  const call = new Call(caller, message, reply, caller.modern.headers);
  response.once('close', () => call.cancel('the client closed the response'));
  void dispatchModern(hub, call);
}

/** Errors of the hub whose HTTP status is of their kind (2026-07-28, basic/transports/streamable-http). */
const STATUSES: ReadonlyMap<unknown, number> = new Map([
  ['MCPHUB_METHOD_UNKNOWN', 404],
  ['MCPHUB_HEADER_MISMATCH', 400],
]);

/** An error of a server is an answer like any other. */
function statusOf({ code, data }: JsonRpcErrorObject): number {
  if (code === CAPABILITY_MISSING) return 400;
  return STATUSES.get((data as { code?: unknown } | null | undefined)?.code) ?? 200;
}
