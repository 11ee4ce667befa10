import { isObject } from '../../mcp/json.ts';
import { request } from '../../mcp/jsonrpc.ts';
import { withEnvelope, withoutEnvelope } from '../../mcp/modern.ts';
import { shownAs } from '../../mcp/numbers.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Connection, Outcome } from '../servers/connection.ts';
import { serverError } from '../servers/errors.ts';
import type { Call } from '../sessions/call.ts';
import { DEFAULT_LOG_LEVEL } from '../sessions/session.ts';
import { ofSession } from './requests.ts';
import { asLegacy } from './results.ts';
import { legacyStructured } from './structured.ts';

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
  const subscribed = await subscription(call, params?.uri, hosted);
  if (subscribed !== undefined) return subscribed;
  const { client, logLevel } = call.caller;
  const { logging } = connection.server.capabilities;
  const enveloped = withEnvelope(ofSession(params), {
    revision: connection.server.protocolVersion,
    capabilities: client?.capabilities ?? {},
    clientInfo: client?.info,
    // A session that never set a level gets what servers of its revision send by themselves.
    logLevel: logging === undefined ? undefined : (logLevel ?? DEFAULT_LOG_LEVEL),
  });
  let outcome = await send(enveloped);
  for (let round = 0; round < CONFIG.maxInputRounds; round++) {
    if ('error' in outcome) return outcome;
    const { resultType = 'complete', inputRequests, requestState } = outcome.result;
    if (resultType === 'complete') return complete(outcome.result, hosted, params);
    if (resultType !== 'input_required') return badAnswer(hosted, `of the unknown type ${JSON.stringify(resultType)}`);
    const answers = await askAll(call, inputRequests);
    if ('error' in answers) return answers;
    const state = typeof requestState === 'string' ? { requestState } : {};
    outcome = await send({ ...enveloped, inputResponses: answers.result, ...state });
  }
  return badAnswer(hosted, `input_required once more, after ${CONFIG.maxInputRounds} rounds`);
}

/** Resources are subscribed to by a stream of the hub's own, which serves all sessions that share the process. */
async function subscription({ method, caller }: Call, uri: unknown, { host }: Hosted): Promise<Outcome | undefined> {
  if (method !== 'resources/subscribe' || typeof uri !== 'string') return undefined;
  await host.listeningFor(caller)?.subscribe(uri);
  return { result: {} };
}

function complete(result: Record<string, unknown>, { catalog }: Hosted, params: Params): Outcome {
  if (result.structuredContent === undefined) return asLegacy(result);
  const tool = catalog.peek('tools')?.find(({ name }) => name === params?.name);
  return asLegacy(legacyStructured(result, tool?.outputSchema));
}

function badAnswer({ name }: Hosted, problem: string): Outcome {
  return { error: serverError('MCPHUB_SERVER_BAD_ANSWER', { server: name, problem }) };
}

/** All at once: a server that asks several questions does not order them. */
async function askAll(call: Call, inputRequests: unknown): Promise<Outcome> {
  const asked = typeof inputRequests === 'object' && inputRequests !== null ? Object.entries(inputRequests) : [];
  const result: Record<string, unknown> = {};
  let failed: Outcome | undefined;
  await Promise.all(
    asked.map(async ([key, question]) => {
      const { method, params } = (question ?? {}) as { method?: unknown; params?: Record<string, unknown> };
      const asked = request(key, shownAs(method), isObject(params) ? withoutEnvelope(params) : undefined);
      const outcome = await call.session.ask(asked, call, call);
      if ('error' in outcome) failed ??= outcome;
      else result[key] = withoutEnvelope(withoutEnvelope(outcome.result), 'legacy');
    }),
  );
  return failed ?? { result };
}
