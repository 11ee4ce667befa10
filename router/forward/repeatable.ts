import { parseMessage } from '../../mcp/json.ts';
import { isRequest, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { SIDE_EFFECT_FREE } from '../../mcp/methods.ts';

/**
 * Whether executing a request twice is as good as once. GET and DELETE are; a POST if all its requests are.
 * @param maxValues see `parseMessage`
 * @param isSafeTool whether a tool may be called twice, by its name as the client knows it
 */
export function isRepeatable(
  method: string,
  body: Buffer | undefined | false,
  isSafeTool: (name: string) => boolean = () => false,
  maxValues?: number,
): boolean {
  if (method !== 'POST') return true;
  if (body === false || body === undefined) return false;
  let parsed: unknown;
  try {
    parsed = parseMessage(body, maxValues);
  } catch {
    return false;
  }
  const messages: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return messages.length > 0 && messages.every((message) => isRequest(message) && isSafe(message, isSafeTool));
}

function isSafe({ method, params }: JsonRpcRequest, isSafeTool: (name: string) => boolean): boolean {
  if (SIDE_EFFECT_FREE.has(method)) return true;
  return method === 'tools/call' && typeof params?.name === 'string' && isSafeTool(params.name);
}
