import { fileURLToPath } from 'node:url';
import type { ModernRequest } from '../matrix/modern-wire.ts';
import type { RpcReply } from '../support/clients.ts';
import { echoServer } from '../support/servers/hub.ts';

/** A node for requests of 2026-07-28 by hand: a modern server `m`, the fixture `f`, and servers `e` and `l` of older revisions. */
const MATRIX = fileURLToPath(new URL('../matrix/servers/stdio-modern.ts', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../support/fixture/stdio.ts', import.meta.url));
const LEGACY = fileURLToPath(new URL('../matrix/servers/stdio-legacy.ts', import.meta.url));

export const mcpServers = {
  m: { command: process.execPath, args: [MATRIX, 'm'] },
  f: { command: process.execPath, args: [FIXTURE, 'modern'] },
  e: echoServer(),
  l: { command: process.execPath, args: [LEGACY, 'l'] },
};

/** The resource of `m` that its tool `touch` changes. */
export const NOTE = 'matrix://m/note';

export function call(name: string, args: object = {}): ModernRequest {
  return { method: 'tools/call', params: { name, arguments: args } };
}

/** The text of a tool's result, or what came in its place. */
export function textOf({ body, text }: RpcReply): string {
  const content = body?.result?.content as { text: string }[] | undefined;
  return content?.[0]?.text ?? text;
}
