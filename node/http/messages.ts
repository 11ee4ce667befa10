import { JsonBoundsError, parseMessage } from '../../mcp/json.ts';
import { isMessage, isRequest, type JsonRpcMessage, MAX_BATCH, messageProblem } from '../../mcp/jsonrpc.ts';
import { BATCH_REVISION, type LegacyRevision } from '../../mcp/revisions.ts';
import { NodeError } from '../node-error.ts';

/** The messages of one POST body. */
export interface Body {
  messages: JsonRpcMessage[];
  batch: boolean;
}

/**
 * Parses and checks a POST body.
 * @param maxValues see `parseMessage`
 * @throws NodeError MCPHUB_BAD_JSON, MCPHUB_JSON_BOUNDS, MCPHUB_BAD_MESSAGE or MCPHUB_BAD_BATCH
 */
export function parseBody(bytes: Buffer, maxValues?: number): Body {
  let parsed: unknown;
  try {
    parsed = parseMessage(bytes, maxValues);
  } catch (error) {
    const code = error instanceof JsonBoundsError ? 'MCPHUB_JSON_BOUNDS' : 'MCPHUB_BAD_JSON';
    throw new NodeError(code, { reason: (error as Error).message });
  }
  const batch = Array.isArray(parsed);
  const messages = batch ? (parsed as unknown[]) : [parsed];
  if (messages.length > MAX_BATCH) {
    const reason = `the batch has ${messages.length} messages, more than the ${MAX_BATCH} allowed`;
    throw new NodeError('MCPHUB_BAD_BATCH', { reason });
  }
  if (messages.length === 0) throw new NodeError('MCPHUB_BAD_BATCH', { reason: 'the batch is empty' });
  const wrong = messages.find((message) => !isMessage(message));
  if (wrong !== undefined) throw new NodeError('MCPHUB_BAD_MESSAGE', { reason: messageProblem(wrong) });
  if (batch && messages.some((message) => isRequest(message) && message.method === 'initialize')) {
    throw new NodeError('MCPHUB_BAD_BATCH', { reason: 'initialize must not be part of a batch' });
  }
  return { messages: messages as JsonRpcMessage[], batch };
}

/**
 * Batches came with revision 2025-03-26 and went with 2025-06-18.
 * @throws NodeError MCPHUB_BAD_BATCH
 */
export function checkBatch({ batch }: Body, revision: LegacyRevision | undefined): void {
  if (!batch || revision === undefined || revision <= BATCH_REVISION) return;
  throw new NodeError('MCPHUB_BAD_BATCH', { reason: `this session speaks ${revision}, which has no batches` });
}
