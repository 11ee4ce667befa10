import { createInterface } from 'node:readline';

/** How the hostile servers of both eras speak: lines of JSON on stdio, `--modern` for revision 2026-07-28 alone. */
export interface Message {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string };
}
/** @returns the result, or nothing when it answers by itself, or never */
export type Handler = (params: Record<string, unknown>, id: number | string) => object | undefined;

export const isModern = process.argv.includes('--modern');
export const flag = (name: string) => process.argv.find((each) => each.startsWith(`--${name}=`))?.split('=')[1] ?? '';

export function write(...messages: object[]): void {
  process.stdout.write(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''));
}

/** A result with what the era wants besides. */
export function complete(fields: object): object {
  return isModern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...fields } : fields;
}

export function text(value: unknown): object {
  return complete({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
}

const asked = new Map<number | string, (message: Message) => void>();

/** Sends its client a request, whatever the client can do. */
export function ask(method: string, params: object = {}): Promise<Message> {
  const id = `ask-${asked.size}`;
  write({ id, method, params });
  return new Promise((resolve) => asked.set(id, resolve));
}

/** Serves until the input ends. */
export function serve(handlers: Record<string, Handler>, capabilities: object): void {
  const serverInfo = { name: 'hostile', version: '1' };
  const opening: Record<string, Handler> = isModern
    ? { 'server/discover': () => complete({ supportedVersions: ['2026-07-28'], capabilities, serverInfo }) }
    : { initialize: () => ({ protocolVersion: '2025-06-18', capabilities, serverInfo }) };
  const methods = { ...opening, ...handlers };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { id, method, params = {}, ...rest } = JSON.parse(line) as Message;
    if (method === undefined) return asked.get(id ?? '')?.({ ...rest });
    if (id === undefined) return;
    const handler = methods[method];
    if (handler === undefined) return write({ id, error: { code: -32601, message: `Method not found: ${method}` } });
    const result = handler(params, id);
    if (result !== undefined) write({ id, result });
  });
  lines.on('close', () => process.exit(0));
}
