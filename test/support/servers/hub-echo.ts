import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A stdio MCP server without SDK that does on demand what a hub must carry: it echoes, sleeps, reports progress, logs,
 * asks its client, changes its lists and remembers what was cancelled.
 *   --name=NAME  --delay=MS before initialize is answered  --tools=A,B beside its own  --starts=FILE gets the pid of each start
 *   --state=FILE holds names of more tools, read at each tools/list  --page=N items a page  --loop repeats a cursor
 *   --roots asks for roots when it begins and when they have changed, and its tool `known` says how often it was answered
 *   --fail-lists answers all lists with an error, of this code if one is given
 *   --bare has no logging, prompts and resources  --no-list never answers tools/list  --list-delay=MS before it does
 *   --busy=MS works for so long when it starts, and then notes `up` beside its pid in the file of starts
 *   --no-level never answers logging/setLevel
 */
type Id = string | number;
type Params = Record<string, unknown>;
type Message = { id?: Id; method?: string; params?: Params; result?: unknown; error?: unknown };
type Args = Record<string, unknown>;
type Tool = (args: Args, message: Message) => unknown;

const flags = new Map(process.argv.slice(2).map((flag) => flag.replace(/^--/, '').split('=') as [string, string]));
const name = flags.get('name') ?? 'echo';
const more = new Set((flags.get('tools') ?? '').split(',').filter(Boolean));
const questions = new Map<Id, (message: Message) => void>();
const sleeping = new Map<Id, NodeJS.Timeout>();
const heard: string[] = [];
const answers: unknown[] = [];
let level = '';
let subscribed: string[] = [];

const write = (...messages: object[]) =>
  process.stdout.write(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''));
const notification = (method: string, params?: object) => ({ method, ...(params === undefined ? {} : { params }) });
const text = (value: unknown) => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
});
const tokenOf = ({ params }: Message) => (params?._meta as { progressToken?: Id } | undefined)?.progressToken;
const log = (data: unknown, at = 'info') =>
  notification('notifications/message', { level: at, logger: name, data: data as string });

function ask(method: string, params: object): Promise<unknown> {
  const id = `ask-${questions.size}`;
  write({ id, method, params });
  return new Promise((resolve) => {
    questions.set(id, ({ result, error }) => resolve(error === undefined ? { result } : { error }));
  });
}

const tools: Record<string, Tool> = {
  echo: ({ message }) => text(message),
  pid: () => text(process.pid),
  heard: () => text(heard),
  /** An answer that came together with the call is counted. */
  known: async () => {
    await new Promise(setImmediate);
    return text(answers);
  },
  level: () => text(level),
  subscribed: () => text(subscribed),
  params: (_args, { params }) => text(params),
  fail: ({ message }) => ({ error: { code: -32050, message: String(message) } }),
  refuse: ({ message }) => ({ ...text(message), isError: true }),
  /** `wake` ends it early; a cancelled one is never answered. */
  sleep: ({ ms }, { id = 0 }) =>
    new Promise((resolve) => {
      sleeping.set(
        id,
        setTimeout(() => resolve(text('slept')), Number(ms)),
      );
    }),
  wake: () => {
    for (const [id, timer] of sleeping) {
      clearTimeout(timer);
      write({ id, result: text('woken') });
    }
    sleeping.clear();
    return text('ok');
  },
  /** Progress, then the answer, all in one write. */
  work: ({ message, steps = 3 }, call) => {
    const progressToken = tokenOf(call);
    if (progressToken === undefined) return text(message);
    const frames = Array.from({ length: Number(steps) }, (_, step) =>
      notification('notifications/progress', { progressToken, progress: step + 1, message: `${message} ${step + 1}` }),
    );
    write(...frames, { id: call.id, result: text(message) });
    return undefined;
  },
  log: ({ message, at }, { id }) => {
    write(log(message, String(at ?? 'info')), { id, result: text('logged') });
    return undefined;
  },
  sample: async () =>
    text(
      await ask('sampling/createMessage', {
        messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }],
        maxTokens: 5,
      }),
    ),
  elicit: async () =>
    text(
      await ask('elicitation/create', {
        message: 'who?',
        requestedSchema: { type: 'object', properties: { who: { type: 'string' } } },
      }),
    ),
  roots: async () => text(await ask('roots/list', {})),
  /** Asks and takes the question back at once. */
  withdraw: () => {
    void ask('sampling/createMessage', { messages: [], maxTokens: 1 });
    write(notification('notifications/cancelled', { requestId: `ask-${questions.size - 1}`, reason: 'never mind' }));
    return text('withdrawn');
  },
  add: ({ tool }) => {
    more.add(String(tool));
    write(notification('notifications/tools/list_changed'));
    return text('added');
  },
  announce: ({ list = 'tools' }) => {
    write(notification(`notifications/${list}/list_changed`));
    return text('announced');
  },
  touch: ({ uri }) => {
    write(notification('notifications/resources/updated', { uri }));
    return text('touched');
  },
  exit: () => process.exit(3),
  big: ({ size }) => text('x'.repeat(Number(size))),
  garbage: () => {
    process.stdout.write('no JSON {"\n\u0000\u0001\n[1,2]\n"text"\n');
    return text('after garbage');
  },
};

function page(field: string, items: object[], params: Params = {}): object {
  const size = Number(flags.get('page') ?? items.length);
  const from = Number(params.cursor ?? 0);
  const next = flags.has('loop') ? 0 : from + size;
  const end = !flags.has('loop') && next >= items.length;
  return { [field]: items.slice(from, from + size), ...(end ? {} : { nextCursor: String(next) }) };
}

function toolNames(): string[] {
  const file = flags.get('state');
  const stored = file === undefined ? [] : readFileSync(file, 'utf8').split(/\s+/).filter(Boolean);
  return [...Object.keys(tools), ...more, ...stored];
}

const methods: Record<string, (params: Params, message: Message) => unknown> = {
  ping: () => ({}),
  initialize: (params) => {
    heard.push(`initialize ${JSON.stringify(params.capabilities)}`);
    return {
      protocolVersion: '2025-06-18',
      capabilities: flags.has('bare')
        ? { tools: { listChanged: true } }
        : {
            tools: { listChanged: true },
            prompts: {},
            resources: { subscribe: true },
            completions: {},
            logging: {},
          },
      serverInfo: { name, version: '1' },
      instructions: `Use ${name} well.`,
    };
  },
  'tools/list': async (params) => {
    if (flags.has('no-list')) return undefined;
    await new Promise((resolve) => setTimeout(resolve, Number(flags.get('list-delay') ?? 0)));
    const names = toolNames();
    return page(
      'tools',
      names.map((tool) => ({ name: tool, description: `${tool} of ${name}`, inputSchema: { type: 'object' } })),
      params,
    );
  },
  'prompts/list': (params) => page('prompts', [{ name: 'greet', description: `greet of ${name}` }], params),
  'prompts/get': ({ name: prompt, arguments: args }) => ({
    messages: [
      { role: 'user', content: { type: 'text', text: `${name}: ${prompt} ${(args as { who?: string })?.who ?? ''}` } },
    ],
  }),
  'resources/list': (params) => page('resources', [{ uri: `${name}://fixed`, name: 'fixed' }], params),
  'resources/templates/list': (params) =>
    page('resourceTemplates', [{ uriTemplate: `${name}://items/{id}`, name: 'item' }], params),
  'resources/read': ({ uri }) =>
    String(uri).startsWith(`${name}://`)
      ? { contents: [{ uri, text: `${name} has ${uri}` }] }
      : { error: { code: -32002, message: 'Resource not found' } },
  'resources/subscribe': ({ uri }, { id }) => {
    subscribed.push(String(uri));
    write({ id, result: {} }, notification('notifications/resources/updated', { uri }));
    return undefined;
  },
  'resources/unsubscribe': ({ uri }) => {
    subscribed = subscribed.filter((each) => each !== uri);
    return {};
  },
  'completion/complete': ({ ref, argument }) => ({
    completion: { values: [`${name} ${JSON.stringify(ref)} ${(argument as { value: string }).value}`] },
  }),
  'logging/setLevel': (params) => {
    if (flags.has('no-level')) return undefined;
    level = String(params.level);
    return {};
  },
  'tools/call': (params, message) => {
    heard.push(`call ${params.name}`);
    const tool = tools[String(params.name)];
    if (tool !== undefined) return tool((params.arguments ?? {}) as Args, message);
    if (more.has(String(params.name))) return text(`${params.name} answers`);
    return { error: { code: -32602, message: `${name} has no tool ${params.name}` } };
  },
};

async function serve(message: Message): Promise<void> {
  const { id, method = '', params = {} } = message;
  const known = !flags.has('bare') || /^(ping|initialize|tools\/)/.test(method);
  const handler = known ? methods[method] : undefined;
  if (flags.has('fail-lists') && method.endsWith('/list')) {
    const code = Number(flags.get('fail-lists') || -32050);
    return void write({ id, error: { code, message: `no ${method} today`, data: { why: 'x' } } });
  }
  if (handler === undefined) return void write({ id, error: { code: -32601, message: `Method not found: ${method}` } });
  const answer = await handler(params, message);
  if (answer === undefined) return;
  sleeping.delete(id ?? '');
  write(
    typeof answer === 'object' && answer !== null && 'error' in answer ? { id, ...answer } : { id, result: answer },
  );
}

function receive(message: Message): void {
  const { id, method, params } = message;
  if (method === undefined) return questions.get(id ?? '')?.(message);
  if (id !== undefined) return void serve(message);
  heard.push(method);
  if (flags.has('roots') && /initialized$|roots\/list_changed$/.test(method)) {
    void ask('roots/list', {}).then((answer) => answers.push(answer));
  }
  if (method !== 'notifications/cancelled') return;
  clearTimeout(sleeping.get(params?.requestId as Id));
  sleeping.delete(params?.requestId as Id);
}

if (flags.has('starts')) appendFileSync(String(flags.get('starts')), `${process.pid}\n`);
if (flags.has('busy')) {
  const end = performance.now() + Number(flags.get('busy'));
  while (performance.now() < end);
  appendFileSync(String(flags.get('starts')), `${process.pid} up\n`);
}
const lines = createInterface({ input: process.stdin });
const delay = Number(flags.get('delay') ?? 0);
lines.on('line', (line) => {
  const message = JSON.parse(line) as Message;
  if (message.method === 'initialize' && delay > 0) setTimeout(() => receive(message), delay);
  else receive(message);
});
lines.on('close', () => process.exit(0));
