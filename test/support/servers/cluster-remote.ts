import { createHash, randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

/** A remote MCP server on Streamable HTTP by hand, in this process: answers of any size, and an end on command. */
export interface RemoteServer {
  readonly url: string;
  readonly port: number;
  /** SHA-256 of the text that `big` answered last. */
  readonly lastDigest: () => string;
  stop(): Promise<void>;
}

const INITIALIZED = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {} },
  serverInfo: { name: 'cluster-remote', version: '1' },
};

export async function startRemote(port = 0): Promise<RemoteServer> {
  const session = randomUUID();
  let digest = '';

  function big(bytes: number): string {
    const lines: string[] = [];
    for (let at = 0; at < bytes; at += 16) lines.push(`${at.toString(36).padStart(15, '.')}\\`);
    const whole = lines.join('').slice(0, bytes);
    digest = createHash('sha256').update(whole).digest('hex');
    return whole;
  }
  function resultOf(method: string, params: { name?: string; arguments?: Record<string, unknown> }): object {
    if (method === 'initialize') return INITIALIZED;
    if (method === 'tools/list') return { tools: [{ name: 'big', inputSchema: { type: 'object' } }] };
    if (method !== 'tools/call') return {};
    return { content: [{ type: 'text', text: big(Number(params.arguments?.bytes)) }] };
  }
  function answer(res: ServerResponse, body: string): void {
    const { id, method, params } = JSON.parse(body);
    if (id === undefined) return void res.writeHead(202).end();
    const result = resultOf(method, params ?? {});
    res
      .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': session })
      .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  }

  const server = createServer(async (req, res) => {
    if (req.method !== 'POST') return void res.writeHead(405).end();
    answer(res, await readText(req));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    port: bound,
    lastDigest: () => digest,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
