import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { greeting, type MatrixTools, QUESTION } from './matrix-tools.ts';

const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true } };

/** One connection to a server that knows the revisions with sessions only: SDK v1, which asks by a request to the client. */
export function legacyServer(matrix: MatrixTools): Server {
  const server = new Server({ name: matrix.name, version: '1.0.0' }, { capabilities: CAPABILITIES });
  const subscribed = new Set<string>();
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: matrix.tools() }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: matrix.resources() }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => matrix.read(params.uri));
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    subscribed.add(params.uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscribed.delete(params.uri);
    return {};
  });
  server.setRequestHandler(
    CallToolRequestSchema,
    async ({ params }, { signal, _meta, sendNotification, sendRequest }) => {
      if (params.name === 'ask') {
        const answer = await sendRequest({ method: 'elicitation/create', params: QUESTION }, ElicitResultSchema);
        return { content: [{ type: 'text', text: greeting(answer) }] };
      }
      const progress = async (step: number, total: number) => {
        const progressToken = _meta?.progressToken;
        if (progressToken === undefined) return;
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: step, total } });
      };
      const text = await matrix.call(params.name, params.arguments ?? {}, { signal, progress });
      return { content: [{ type: 'text', text }] };
    },
  );
  const grown = () => void server.sendToolListChanged().catch(() => {});
  const updated = (uri: string) => void (subscribed.has(uri) && server.sendResourceUpdated({ uri }).catch(() => {}));
  matrix.on('tools', grown).on('updated', updated);
  server.onclose = () => void matrix.off('tools', grown).off('updated', updated);
  return server;
}
