import type { IncomingMessage, ServerResponse } from 'node:http';
import { nodeTag } from '../../../cluster/tag.ts';
import { encodeHeaderValue } from '../../../mcp/header-value.ts';
import { mcpName } from '../../../mcp/modern.ts';
import { answer, type ForeignNode, json } from './foreign-node.ts';
import { answerOf, type Harness } from './harness.ts';

/** What a node of ours does with a request of 2026-07-28; by default it answers with its own name. */
export type ModernBehaviour = (req: IncomingMessage, res: ServerResponse, id: unknown) => void;

export interface ModernNode extends ForeignNode {
  tag: string;
  behave: ModernBehaviour;
  /** Names of the servers, and further metadata, in the report that it sends again. */
  report(servers: string[], metadata?: Record<string, unknown>): Promise<void>;
}

/** Adds a node of ours, as the coordinator sees one: it reports metadata and knows revision 2026-07-28. */
export async function addModernNode(
  harness: Harness,
  id: string,
  servers: string[],
  metadata: Record<string, unknown> = {},
): Promise<ModernNode> {
  const tag = nodeTag(id);
  const full = (extra: Record<string, unknown>) => ({ metadata: { tag, instance: id, ...extra } });
  const node = await harness.addNode(id, servers, full(metadata));
  const modern: ModernNode = Object.assign(node, {
    tag,
    behave: ((_req, res, rpcId) => json(res, answer(rpcId, { node: id }))) as ModernBehaviour,
    report: async (now: string[], extra: Record<string, unknown> = metadata) => {
      await (await harness.heartbeat(node, now, full(extra))).text();
    },
  });
  node.override = (req, res, body) => {
    if (req.headers['mcp-protocol-version'] !== '2026-07-28') return false;
    modern.behave(req, res, JSON.parse(body).id);
    return true;
  };
  return modern;
}

export function modernHeaders(method: string, params: Record<string, unknown> = {}): Record<string, string> {
  const name = mcpName(method, params);
  return {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': encodeHeaderValue(name) }),
  };
}

/** POSTs a request as an SDK client does. */
export function askModern(
  harness: Harness,
  path: string,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  id: string | number = 1,
): Promise<Response> {
  const message = { jsonrpc: '2.0', id, method, params };
  return harness.post(path, message, { ...modernHeaders(method, params), ...headers });
}

/** The name of the node that answers. */
export async function nodeThatAnswers(...asked: Parameters<typeof askModern>): Promise<string> {
  const { result, error } = await answerOf(await askModern(...asked));
  return result?.node ?? JSON.stringify(error);
}
