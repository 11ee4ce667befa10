import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { answer } from './echo.ts';
import { listen } from './listen.ts';

/** The echo server over Streamable HTTP with plain JSON answers, so that what is in front of it is what is measured. */
async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.method !== 'POST') {
    res.writeHead(req.method === 'DELETE' ? 200 : 405, { 'content-length': 0 }).end();
    return;
  }
  const reply = answer(JSON.parse(await text(req)));
  if (reply === undefined) {
    res.writeHead(202, { 'content-length': 0 }).end();
    return;
  }
  const body = JSON.stringify(reply);
  const session = req.headers['mcp-session-id'] ?? randomUUID();
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'mcp-session-id': session,
  });
  res.end(body);
}

listen('echo', (req, res) => void serve(req, res).catch(() => res.writeHead(400).end()));
