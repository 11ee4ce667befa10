import { inputRequired, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import { greeting, type MatrixTools, QUESTION } from './matrix-tools.ts';

const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true } };

/** SDK v2: a server that asks by `input_required`, which the SDK turns into a request for clients of older revisions. */
export function modernServer(matrix: MatrixTools): Server {
  const server = new Server({ name: matrix.name, version: '1.0.0' }, { capabilities: CAPABILITIES });
  server.setRequestHandler('tools/list', () => ({ tools: matrix.tools() }));
  server.setRequestHandler('resources/list', () => ({ resources: matrix.resources() }));
  server.setRequestHandler('resources/read', ({ params }) => {
    try {
      return matrix.read(params.uri);
    } catch (error) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, (error as Error).message);
    }
  });
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    if (params.name === 'ask') {
      const answer = mcpReq.inputResponses?.who as { action?: unknown } | undefined;
      if (answer === undefined) return inputRequired({ inputRequests: { who: inputRequired.elicit(QUESTION) } });
      return { content: [{ type: 'text', text: greeting(answer) }] };
    }
    const progress = async (step: number, total: number) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken === undefined) return;
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: step, total } });
    };
    const text = await matrix.call(params.name, params.arguments ?? {}, { signal: mcpReq.signal, progress });
    return { content: [{ type: 'text', text }] };
  });
  return server;
}

/** A server for a connection that stays: it tells what changes itself. Over HTTP its handler does that. */
export function connectedModernServer(matrix: MatrixTools): Server {
  const server = modernServer(matrix);
  const grown = () => void server.sendToolListChanged().catch(() => {});
  const updated = (uri: string) => void server.sendResourceUpdated({ uri }).catch(() => {});
  matrix.on('tools', grown).on('updated', updated);
  server.onclose = () => void matrix.off('tools', grown).off('updated', updated);
  return server;
}
