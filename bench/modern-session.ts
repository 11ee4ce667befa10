import type { Client } from 'undici';
import { META } from '../mcp/modern.ts';
import { FIRST_MODERN_REVISION } from '../mcp/revisions.ts';
import { AnsweredError, HEADERS, INITIALIZE, type Reply, readReply, type Session, sessionOf } from './session.ts';

/** What a request of 2026-07-28 says of its client, and the headers that repeat what the body says. */
const META_OF_ALL = {
  [META.protocolVersion]: FIRST_MODERN_REVISION,
  [META.clientCapabilities]: {},
  [META.clientInfo]: INITIALIZE.clientInfo,
};

export function modernBody(id: number, method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: META_OF_ALL } });
}

export function modernHeaders(method: string, params: { name?: string } = {}): Record<string, string> {
  const name = params.name === undefined ? {} : { 'mcp-name': params.name };
  return { ...HEADERS, 'mcp-protocol-version': FIRST_MODERN_REVISION, 'mcp-method': method, ...name };
}

/** One client of 2026-07-28, which has no session, on one kept-alive connection. */
export function openModern(client: Client, path: string, tool?: string): Session {
  let lastId = 0;
  async function ask(method: string, params: object): Promise<NonNullable<Reply['result']>> {
    const id = ++lastId;
    const body = modernBody(id, method, params);
    const response = await client.request({ path, method: 'POST', headers: modernHeaders(method, params), body });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`HTTP ${response.statusCode}: ${text.slice(0, 300)}`);
    const reply = readReply(String(response.headers['content-type'] ?? ''), text);
    if (reply?.error !== undefined) throw new AnsweredError(reply.error);
    if (reply?.id !== id || reply.result === undefined) throw new Error(`asked ${id}, answered ${text.slice(0, 300)}`);
    return reply.result;
  }
  return sessionOf(ask, () => client.close(), tool);
}
