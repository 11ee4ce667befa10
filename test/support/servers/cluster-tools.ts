import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

/**
 * A small MCP server on stdio, by hand, for tests of whole clusters: it says where it runs, waits, and moves large data.
 * Arguments `tool=NAME` add tools that only answer.
 */
interface Message {
  id?: string | number;
  method?: string;
  params?: { name?: string; arguments?: Record<string, unknown>; requestId?: string | number; _meta?: Meta };
}
type Meta = { progressToken?: string | number };
type Answer = (text: string) => void;

const extraTools = process.argv.flatMap((argument) => /^tool=(.+)$/.exec(argument)?.[1] ?? []);
/** Calls that wait, by the id of their request; what becomes of them is kept for `history`. */
const waiting = new Map<string | number, NodeJS.Timeout>();
const history: string[] = [];
let calls = 0;
let counted = 0;

function write(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

const tools: Record<string, (answer: Answer, args: Record<string, unknown>, message: Message) => void> = {
  whoami: (answer) => answer(process.env.MCPHUB_NODE_ID ?? ''),
  pid: (answer) => answer(String(process.pid)),
  /** How often it was called, and where. */
  count: (answer) => {
    counted += 1;
    answer(`${process.env.MCPHUB_NODE_ID} ${counted}`);
  },
  echo: (answer, { message }) => answer(String(message)),
  /** Reports progress under the caller's token, then echoes; answers of different calls overtake each other. */
  work: (answer, { message, steps }, { params }) => {
    const token = params?._meta?.progressToken;
    for (let step = 1; token !== undefined && step <= Number(steps ?? 2); step++) {
      const progress = { progressToken: token, progress: step, message: `${message} ${step}` };
      write({ method: 'notifications/progress', params: progress });
    }
    calls += 1;
    if (String(message).endsWith('!')) throw new Error(`refused ${message}`);
    if (calls % 3 === 0) setTimeout(() => answer(String(message)), calls % 7);
    else answer(String(message));
  },
  sleep: (answer, { ms, label }, { id, params }) => {
    history.push(`started ${label}`);
    const token = params?._meta?.progressToken;
    if (token !== undefined) write({ method: 'notifications/progress', params: { progressToken: token, progress: 1 } });
    const timer = setTimeout(() => {
      waiting.delete(id ?? 0);
      history.push(`finished ${label}`);
      answer(`slept ${ms}`);
    }, Number(ms));
    waiting.set(id ?? 0, timer);
  },
  /** Takes its time, reports progress under the caller's token after equal parts of it, then echoes. */
  task: (answer, { message, ms, steps }, { id = 0, params }) => {
    const progressToken = params?._meta?.progressToken;
    const parts = progressToken === undefined ? 1 : Number(steps ?? 0) + 1;
    const after = (step: number) => {
      if (step === parts) {
        waiting.delete(id);
        return answer(String(message));
      }
      write({
        method: 'notifications/progress',
        params: { progressToken, progress: step, message: `${message} ${step}` },
      });
      next(step + 1);
    };
    const next = (step: number) => waiting.set(id, setTimeout(after, Number(ms) / parts, step));
    next(1);
  },
  /** As `sleep`, but annotated as read-only. */
  read: (answer, { ms, label }) => {
    history.push(`started ${label}`);
    setTimeout(() => answer(`read on ${process.env.MCPHUB_NODE_ID}`), Number(ms));
  },
  history: (answer) => answer(JSON.stringify(history)),
  /** A text of so many bytes, in which every place is different enough to notice a missing or doubled piece. */
  big: (answer, { bytes }) => answer(patterned(Number(bytes))),
  /** Length and SHA-256 of what arrived. */
  digest: (answer, { data }) => {
    const text = String(data);
    answer(`${text.length} ${createHash('sha256').update(text).digest('hex')}`);
  },
};

function patterned(bytes: number): string {
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += 16) lines.push(`${length.toString(36).padStart(15, '.')}\\`);
  return lines.join('').slice(0, bytes);
}

function cancel(id: string | number = 0): void {
  clearTimeout(waiting.get(id));
  if (waiting.delete(id)) history.push('cancelled');
}

function callTool(id: string | number, message: Message): void {
  const { name = '', arguments: args = {} } = message.params ?? {};
  const answer: Answer = (text) => write({ id, result: { content: [{ type: 'text', text }] } });
  const tool = tools[name] ?? (extraTools.includes(name) ? (done: Answer) => done('extra') : undefined);
  if (tool === undefined) return write({ id, error: { code: -32602, message: `Unknown tool: ${name}` } });
  try {
    tool(answer, args, message);
  } catch (error) {
    write({ id, error: { code: -32050, message: error instanceof Error ? error.message : String(error) } });
  }
}

function describeTool(name: string): object {
  const tool = { name, inputSchema: { type: 'object' } };
  return name === 'read' ? { ...tool, annotations: { readOnlyHint: true } } : tool;
}

const INITIALIZED = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: { listChanged: true } },
  serverInfo: { name: 'cluster-tools', version: '1' },
};

function receive(message: Message): void {
  const { id, method, params } = message;
  if (method === 'notifications/cancelled') return cancel(params?.requestId);
  if (id === undefined || method === undefined) return;
  if (method === 'tools/call') return callTool(id, message);
  if (method === 'initialize') return write({ id, result: INITIALIZED });
  if (method === 'ping') return write({ id, result: {} });
  if (method !== 'tools/list') return write({ id, error: { code: -32601, message: `Method not found: ${method}` } });
  const names = [...Object.keys(tools), ...extraTools];
  write({ id, result: { tools: names.map(describeTool) } });
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => receive(JSON.parse(line) as Message));
lines.on('close', () => process.exit(0));
