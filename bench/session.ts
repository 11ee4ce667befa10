import type { Client } from 'undici';
import { createSseReader } from '../mcp/sse.ts';

/** One MCP client on one kept-alive connection: as little as a load generator can do and still check every answer. */
export interface Session {
  /** Milliseconds that the call took. @throws Error when the answer is not the one asked for */
  call(message: string): Promise<number>;
  /** All pages of `tools/list`. */
  listTools(): Promise<{ milliseconds: number; tools: number }>;
  close(): Promise<void>;
}

/** A session of Streamable HTTP. */
export interface HttpSession extends Session {
  /** As the server gave it; undefined when it gave none. */
  readonly id: string | undefined;
  /** Tells the server that the session is over; the connection stays. */
  end(): Promise<void>;
}

export interface Reply {
  id?: number;
  result?: { content?: { text?: string }[]; tools?: unknown[]; nextCursor?: string };
  error?: { message: string; data?: { code?: string } };
}

/** A call was answered with a JSON-RPC error. */
export class AnsweredError extends Error {
  /** `MCPHUB_...`, when a member of a cluster made the error. */
  readonly code: string | undefined;

  constructor({ message, data }: NonNullable<Reply['error']>) {
    super(message);
    this.code = data?.code;
  }
}

export const INITIALIZE = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1.0.0' },
};

export const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/**
 * Opens a session.
 * @param client the connection; several sessions may share one, one call at a time
 * @param path of the endpoint
 * @param tool what it calls; default `echo`
 */
export async function openSession(client: Client, path: string, tool?: ToolOf): Promise<HttpSession> {
  const headers: Record<string, string> = { ...HEADERS };
  let lastId = 0;

  async function post(message: object): Promise<{ id: string | undefined; reply: Reply | undefined }> {
    const response = await client.request({ path, method: 'POST', headers, body: JSON.stringify(message) });
    const body = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`HTTP ${response.statusCode}: ${body.slice(0, 300)}`);
    const type = String(response.headers['content-type'] ?? '');
    const id = response.headers['mcp-session-id'];
    return { id: typeof id === 'string' ? id : undefined, reply: readReply(type, body) };
  }

  async function ask(method: string, params: object): Promise<NonNullable<Reply['result']>> {
    const id = ++lastId;
    const { reply } = await post({ jsonrpc: '2.0', id, method, params });
    if (reply?.id !== id)
      throw new Error(`asked ${id}, answered ${reply?.id}: ${JSON.stringify(reply)?.slice(0, 300)}`);
    if (reply.error !== undefined) throw new AnsweredError(reply.error);
    if (reply.result === undefined) throw new Error('no result');
    return reply.result;
  }

  async function end(): Promise<void> {
    const { statusCode, body } = await client.request({ path, method: 'DELETE', headers });
    await body.dump();
    if (statusCode >= 300) throw new Error(`HTTP ${statusCode} at the end of a session`);
  }

  const opened = await post({ jsonrpc: '2.0', id: lastId, method: 'initialize', params: INITIALIZE });
  if (opened.reply?.result === undefined) throw new Error(`initialize: ${JSON.stringify(opened.reply)}`);
  if (opened.id !== undefined) headers['mcp-session-id'] = opened.id;
  headers['mcp-protocol-version'] = INITIALIZE.protocolVersion;
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return { ...sessionOf(ask, () => client.close(), tool?.(opened.id ?? '')), id: opened.id, end };
}

/** The tool that a session calls, by its id. */
export type ToolOf = (id: string) => string | undefined;

/** The calls of a session, whatever transport `ask` uses, of a tool that echoes. */
export function sessionOf(
  ask: (method: string, params: object) => Promise<NonNullable<Reply['result']>>,
  close: () => Promise<void>,
  tool = 'echo',
): Session {
  return {
    async call(message) {
      const started = performance.now();
      const result = await ask('tools/call', { name: tool, arguments: { message } });
      const took = performance.now() - started;
      const text = result.content?.[0]?.text;
      if (text !== message) throw new Error(`sent ${message}, got ${text}`);
      return took;
    },
    async listTools() {
      const started = performance.now();
      let tools = 0;
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await ask('tools/list', cursor === undefined ? {} : { cursor });
        tools += page.tools?.length ?? 0;
        cursor = page.nextCursor;
      }
      return { milliseconds: performance.now() - started, tools };
    },
    close,
  };
}

/** The response in a JSON body, or the last one of an event stream. */
export function readReply(type: string, body: string): Reply | undefined {
  if (body === '') return undefined;
  if (!type.startsWith('text/event-stream')) return JSON.parse(body) as Reply;
  let reply: Reply | undefined;
  createSseReader(({ data }) => {
    if (data === '') return;
    const message = JSON.parse(data) as Reply & { method?: string };
    if (message.method === undefined) reply = message;
  }).push(body);
  return reply;
}
