import { randomUUID } from 'node:crypto';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { legacyServer } from './legacy.ts';
import { listen } from './listening.ts';
import { MatrixTools } from './matrix-tools.ts';

/** Streamable HTTP with sessions; its name is the first argument. */
const matrix = new MatrixTools(process.argv[2] ?? 'http-legacy');
const sessions = new Map<string, StreamableHTTPServerTransport>();

async function opened(): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  // Its optional properties are not written for exactOptionalPropertyTypes.
  await legacyServer(matrix).connect(transport as Transport);
  return transport;
}

listen(async (req, res) => {
  const id = req.headers['mcp-session-id'];
  const transport = typeof id === 'string' ? sessions.get(id) : await opened();
  if (transport === undefined) res.writeHead(404).end();
  else await transport.handleRequest(req, res);
});
