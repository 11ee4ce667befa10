import * as headers from '../../mcp/headers.ts';
import { isObject } from '../../mcp/json.ts';
import { isFailure, isResponse, type JsonRpcResult, request } from '../../mcp/jsonrpc.ts';
import { withEnvelope } from '../../mcp/modern.ts';
import { FIRST_MODERN_REVISION } from '../../mcp/revisions.ts';
import { createSseReader } from '../../mcp/sse.ts';
import { askHub, HubError, parseJson } from './read-json.ts';

/** Milliseconds for each of the two requests; a coordinator waits up to 5 s for a node. */
const TIMEOUT = 8_000;

/** How a handshake ended. */
export interface Handshake {
  ok: boolean;
  /** There was an answer, good or bad. */
  answered: boolean;
  /** Why not, in a sentence; the same failure has the same sentence. */
  problem?: string;
}

/**
 * What a client does first, through the public Service: `server/discover` and `tools/list` of the revision without
 * sessions, so that no session is left behind. Never rejects.
 * @param base address of the hub, without a path
 * @param tokens of the cluster, which open every target; the next one is tried where one is refused
 * @param version of the operator, as it names itself
 */
export async function shakeHands(base: string, tokens: readonly string[], version: string): Promise<Handshake> {
  try {
    for (const method of ['server/discover', 'tools/list']) await ask(`${base}/mcp`, method, tokens, version);
    return { ok: true, answered: true };
  } catch (error) {
    if (error instanceof HubError) return { ok: false, answered: error.answered, problem: error.message };
    throw error;
  }
}

async function ask(url: string, method: string, tokens: readonly string[], version: string): Promise<JsonRpcResult> {
  const envelope = {
    revision: FIRST_MODERN_REVISION,
    capabilities: {},
    clientInfo: { name: 'mcphub-operator', version },
    logLevel: undefined,
  };
  const body = JSON.stringify(request(1, method, withEnvelope({}, envelope)));
  for (const token of tokens) {
    const answer = await askHub(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        [headers.PROTOCOL_VERSION]: FIRST_MODERN_REVISION,
        [headers.MCP_METHOD]: method,
        [headers.CLUSTER_TOKEN]: token,
      },
      body,
      timeout: TIMEOUT,
    });
    if (answer.status !== 401) return resultOf(url, method, answer);
  }
  throw new HubError(`${method} at ${url} was refused: the coordinators do not know the cluster token`);
}

function resultOf(url: string, method: string, answer: { status: number; type: string; text: string }): JsonRpcResult {
  const messages = answer.type.startsWith('text/event-stream') ? eventsOf(answer.text) : [answer.text];
  const response = messages.map((text) => parseJson(url, text)).find(isResponse);
  if (response === undefined) throw new HubError(`${method} at ${url} had no answer (status ${answer.status})`);
  if (isFailure(response)) throw new HubError(`${method} at ${url} failed: ${response.error.message}`);
  if (!isObject(response.result)) throw new HubError(`${method} at ${url} was answered without a result`);
  return response;
}

function eventsOf(stream: string): string[] {
  const found: string[] = [];
  createSseReader(({ data }) => found.push(data)).push(stream);
  return found;
}
