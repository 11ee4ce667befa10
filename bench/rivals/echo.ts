/** The smallest useful MCP server, as a function for each era: what all echo servers answer. */

interface Message {
  id?: string | number;
  method?: string;
  params?: { name?: string; protocolVersion?: string; arguments?: { message?: string } };
}

export const ECHO_TOOL = {
  name: 'echo',
  description: 'Returns the message it is given',
  inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
};

/** @returns undefined for notifications and responses, which have no answer */
export function answer(message: Message, tools: readonly object[] = [ECHO_TOOL]): object | undefined {
  const { id, method, params } = message;
  if (id === undefined || method === undefined) return undefined;
  if (method === 'tools/call') {
    return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: params?.arguments?.message ?? '' }] } };
  }
  if (method === 'tools/list') return { jsonrpc: '2.0', id, result: { tools } };
  if (method === 'ping') return { jsonrpc: '2.0', id, result: {} };
  if (method === 'initialize') {
    const protocolVersion = params?.protocolVersion ?? '2025-11-25';
    const serverInfo = { name: 'echo', version: '1.0.0' };
    return { jsonrpc: '2.0', id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } };
  }
  return { jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found: ${method}` } };
}

/** The same as a server of 2026-07-28 alone. */
export function answerModern(message: Message, tools: readonly object[] = [ECHO_TOOL]): object | undefined {
  const { id, method } = message;
  if (method === 'server/discover') {
    const capabilities = { tools: { listChanged: true } };
    const serverInfo = { name: 'echo', version: '1.0.0' };
    return { jsonrpc: '2.0', id, result: { ...CACHED, supportedVersions: ['2026-07-28'], capabilities, serverInfo } };
  }
  if (method === 'initialize' || method === 'ping') {
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found: ${method}` } };
  }
  const reply = answer(message, tools) as { result?: object } | undefined;
  return reply?.result === undefined ? reply : { ...reply, result: { ...CACHED, ...reply.result } };
}

const CACHED = { resultType: 'complete', ttlMs: 60_000, cacheScope: 'private' };
