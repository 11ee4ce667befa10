import { request } from '../../mcp/jsonrpc.ts';
import { META, metaOf, withEnvelope } from '../../mcp/modern.ts';
import { CONFIG } from '../config.ts';
import { NodeError } from '../errors.ts';
import type { Hosted } from '../hosts.ts';
import type { Connection, Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { DEFAULT_LOG_LEVEL } from '../sessions/session.ts';
import { asLegacy } from './results.ts';

type Params = Record<string, unknown> | undefined;

/** How a request is sent over the connection, with all that belongs to it. */
export type Send = (params: Params) => Promise<Outcome>;

/**
 * Serves a session's request at a server of 2026-07-28. What the server needs of the client (`input_required`) is asked for with
 * the requests that the session's revision has: elicitation, sampling, roots.
 */
export async function fulfil(
  call: Call,
  hosted: Hosted,
  connection: Connection,
  params: Params,
  send: Send,
): Promise<Outcome> {
  const { listening } = hosted.host;
  const uri = params?.uri;
  if (call.method === 'resources/subscribe' && typeof uri === 'string') {
    await listening?.subscribe(uri);
    return { result: {} };
  }
  if (call.method === 'resources/unsubscribe' && typeof uri === 'string') {
    listening?.unsubscribe(uri);
    return { result: {} };
  }
  const { client, logLevel } = call.caller;
  const { logging } = connection.server.capabilities;
  const enveloped = withEnvelope(withoutEnvelope(params), {
    revision: connection.server.protocolVersion,
    capabilities: client?.capabilities ?? {},
    clientInfo: client?.info,
    // A session that never set a level gets what servers of its revision send by themselves.
    logLevel: logging === undefined ? undefined : (logLevel ?? DEFAULT_LOG_LEVEL),
  });
  let outcome = await send(enveloped);
  for (let round = 0; round < CONFIG.maxInputRounds; round++) {
    if ('error' in outcome || outcome.result.resultType !== 'input_required') return asLegacy(outcome);
    const { inputRequests, requestState } = outcome.result;
    const answers = await askAll(call, inputRequests);
    if ('error' in answers) return answers;
    const state = typeof requestState === 'string' ? { requestState } : {};
    outcome = await send({ ...enveloped, inputResponses: answers.result, ...state });
  }
  const reason = `server '${hosted.name}' asked for input ${CONFIG.maxInputRounds} times for one request`;
  return { error: new NodeError('MCPHUB_INTERNAL', { reason }).rpcError };
}

/** All at once: a server that asks several questions does not order them. */
async function askAll(call: Call, inputRequests: unknown): Promise<Outcome> {
  const asked = typeof inputRequests === 'object' && inputRequests !== null ? Object.entries(inputRequests) : [];
  const result: Record<string, unknown> = {};
  let failed: Outcome | undefined;
  await Promise.all(
    asked.map(async ([key, question]) => {
      const { method, params } = (question ?? {}) as { method?: unknown; params?: Record<string, unknown> };
      const outcome = await call.caller.ask(request(key, String(method), params), call, call);
      if ('error' in outcome) failed ??= outcome;
      else result[key] = outcome.result;
    }),
  );
  return failed ?? { result };
}

/** A session's client may name things that only the hub says here. */
function withoutEnvelope(params: Params): Params {
  if (params?._meta === undefined) return params;
  const own = new Set<string>(Object.values(META));
  const meta = Object.entries(metaOf(params)).filter(([key]) => !own.has(key));
  return { ...params, _meta: Object.fromEntries(meta) };
}
