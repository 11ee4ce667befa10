import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A stdio MCP server that misbehaves on demand: flags change how it starts and ends, tool names what a call does.
 *   --exit  --silent  --deaf  --stubborn  --grandchild  --revision=<date>  --starts=<file to which each start adds its pid>
 */
type Message = {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: unknown;
};
type Answer = (result: unknown) => void;

const flags = new Map(process.argv.slice(2).map((flag) => flag.replace(/^--/, '').split('=') as [string, string]));
const asked = new Map<string, (message: Message) => void>();
let grandchild: number | undefined;

const write = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const text = (value: unknown) => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
});
const notify = (method: string, params: object) => write({ jsonrpc: '2.0', method, params });

const tokenOf = (params: Message['params']) => (params?._meta as { progressToken: number } | undefined)?.progressToken;

function ask(method: string): Promise<Message> {
  const id = `server-${asked.size}`;
  write({ jsonrpc: '2.0', id, method });
  return new Promise((resolve) => asked.set(id, resolve));
}

const tools: Record<string, (answer: Answer, message: Message, args: Record<string, unknown>) => void> = {
  echo: (answer, _message, args) => answer(text(args.message ?? '')),
  params: (answer, { params }) => answer(text(params)),
  env: (answer, _message, args) => answer(text(process.env[String(args.name)] ?? '(unset)')),
  cwd: (answer) => answer(text(process.cwd())),
  pids: (answer) => answer(text({ pid: process.pid, grandchild })),
  hang: () => {},
  crash: () => {
    process.stderr.write('boom: the database is gone\n', () => process.exit(3));
  },
  garbage: (answer) => {
    process.stdout.write('Debug: this is no JSON {"\n\n\u0000\u0001\n[1,2]\n"text"\n');
    answer(text('after garbage'));
  },
  long: (answer, _message, args) => answer(text('x'.repeat(Number(args.size)))),
  longNoise: (answer, _message, args) => {
    process.stdout.write(`${'y'.repeat(Number(args.size))}\n`);
    answer(text('after noise'));
  },
  burst: (answer, { params }) => {
    const progressToken = tokenOf(params);
    process.stdout.cork();
    for (const progress of [1, 2, 3]) notify('notifications/progress', { progressToken, progress });
    answer(text('done'));
    process.stdout.uncork();
  },
  slow: (answer, { params }) => {
    const progressToken = tokenOf(params);
    let progress = 0;
    const timer = setInterval(() => {
      notify('notifications/progress', { progressToken, progress: ++progress });
      if (progress < 8) return;
      clearInterval(timer);
      answer(text('done'));
    }, 100);
  },
  unknown: (answer) => {
    write({ jsonrpc: '2.0', id: 987654, result: {} });
    write({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'what?' } });
    answer(text('known'));
  },
  stringId: (_answer, { id }) => write({ jsonrpc: '2.0', id: String(id), result: text('string id') }),
  badAnswer: (_answer, { id }) => write({ jsonrpc: '2.0', id, result: [] }),
  batch: (_answer, { id }) =>
    write([
      { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'in a batch' } },
      { jsonrpc: '2.0', id, result: text('batched') },
    ]),
  ping: (answer) => void ask('ping').then((reply) => answer(text(reply))),
  roots: (answer) => void ask('roots/list').then((reply) => answer(text(reply))),
  log: (answer) => {
    notify('notifications/message', { level: 'info', data: 'hello' });
    answer(text('logged'));
  },
};

function receive(message: Message): void {
  const { id, method, params } = message;
  if (method === undefined) return asked.get(String(id))?.(message);
  if (method === 'notifications/cancelled')
    return void notify('notifications/message', { level: 'info', data: params });
  if (id === undefined) return;
  const answer: Answer = (result) => write({ jsonrpc: '2.0', id, result });
  if (method === 'initialize') {
    if (flags.has('deaf')) process.stdin.pause();
    return answer({
      protocolVersion: flags.get('revision') ?? '2025-11-25',
      capabilities: { tools: {}, experimental: { seen: params } },
      serverInfo: { name: 'hostile', version: '1' },
    });
  }
  const tool = tools[String(params?.name)];
  if (method === 'tools/call' && tool !== undefined) {
    return tool(answer, message, (params?.arguments ?? {}) as Record<string, unknown>);
  }
  write({ jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found: ${method}` } });
}

if (flags.has('starts')) appendFileSync(String(flags.get('starts')), `${process.pid}\n`);
if (flags.has('grandchild')) {
  grandchild = spawn('sleep', ['1000'], { stdio: 'ignore' }).pid;
}
if (flags.has('exit')) {
  process.stderr.write(`cannot start: no licence, key ${process.env.API_KEY ?? '(none)'}\n`, () => process.exit(7));
}
if (flags.has('stubborn')) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
}
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (!flags.has('silent') && !flags.has('exit')) receive(JSON.parse(line) as Message);
});
lines.on('close', () => {
  if (!flags.has('stubborn')) process.exit(0);
});
