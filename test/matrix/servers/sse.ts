import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { legacyServer } from './legacy.ts';
import { listen } from './listening.ts';
import { MatrixTools } from './matrix-tools.ts';

/** HTTP+SSE of 2024-11-05; its name is the first argument. */
const matrix = new MatrixTools(process.argv[2] ?? 'sse');
const sessions = new Map<string, SSEServerTransport>();

listen(async (req, res) => {
  if (req.method === 'GET') {
    const transport = new SSEServerTransport('/messages', res);
    sessions.set(transport.sessionId, transport);
    res.once('close', () => sessions.delete(transport.sessionId));
    return legacyServer(matrix).connect(transport);
  }
  const id = new URL(req.url ?? '', 'http://localhost').searchParams.get('sessionId') ?? '';
  const transport = sessions.get(id);
  if (transport === undefined) return void res.writeHead(404).end();
  await transport.handlePostMessage(req, res);
});
