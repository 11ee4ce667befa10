import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { answer } from './echo.ts';
import { listen } from './listen.ts';

/** Many MCP servers in one process, at `/mcp/<number>`, each with as many tools as the first argument says. */
const count = Number(process.argv[2] ?? 20);

function toolsOf(server: string): object[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `tool_${index}`,
    description: `Tool ${index} of server ${server}: does one of the things that this server is there for`,
    inputSchema: {
      type: 'object',
      properties: { path: { type: 'string', description: 'Where' }, limit: { type: 'integer', minimum: 1 } },
      required: ['path'],
    },
  }));
}

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.method !== 'POST') {
    res.writeHead(405, { 'content-length': 0 }).end();
    return;
  }
  const server = req.url?.split('/').at(-1) ?? '';
  const reply = answer(JSON.parse(await text(req)), toolsOf(server));
  if (reply === undefined) res.writeHead(202, { 'content-length': 0 }).end();
  else {
    const session = req.headers['mcp-session-id'] ?? randomUUID();
    res.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': session });
    res.end(JSON.stringify(reply));
  }
}

listen('many', (req, res) => void serve(req, res).catch(() => res.writeHead(400).end()));
