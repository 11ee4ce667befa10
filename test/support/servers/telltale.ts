import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A stdio MCP server without SDK that says what it heard, and says of revisions what it should keep for itself.
 *   --era=legacy|modern|both  --starts=FILE gets a line for each start  --silent=N server/discover is not answered in the first N starts
 *   --slow=MS before it reads anything  --exit ends at server/discover  --discoveries=FILE gets a line for each server/discover
 */
type Params = Record<string, unknown> & { _meta?: Record<string, unknown> };
type Message = { id?: string | number; method?: string; params?: Params; result?: Record<string, unknown> };

const flags = new Map(process.argv.slice(2).map((flag) => flag.replace(/^--/, '').split('=') as [string, string]));
const era = flags.get('era') ?? 'legacy';
const starts = flags.get('starts');
if (starts !== undefined) appendFileSync(starts, `${process.pid}\n`);
const isSilent =
  starts !== undefined && readFileSync(starts, 'utf8').trim().split('\n').length <= Number(flags.get('silent') ?? 0);

const heard: Message[] = [];
const PREFIX = 'io.modelcontextprotocol/';
/** What belongs to one revision, and what belongs to all. */
const SAID = {
  [`${PREFIX}protocolVersion`]: '2026-07-28',
  [`${PREFIX}clientInfo`]: { name: 'telltale', version: '1' },
  [`${PREFIX}clientCapabilities`]: {},
  [`${PREFIX}logLevel`]: 'debug',
  [`${PREFIX}subscriptionId`]: 77,
  [`${PREFIX}related-task`]: { taskId: 'x' },
  'vendor.example/key': 'kept',
};
const TOOLS = ['said', 'tell', 'ask'].map((name) => ({ name, inputSchema: { type: 'object' } }));
const CAPABILITIES = { tools: {}, logging: {} };
const INFO = { name: 'telltale', version: '1' };
const QUESTION = {
  message: 'who?',
  requestedSchema: { type: 'object', properties: { who: { type: 'string' } } },
  _meta: SAID,
};

function write(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

const text = (value: unknown) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
const isModern = ({ params }: Message) => params?._meta?.[`${PREFIX}protocolVersion`] !== undefined;
const complete = (message: Message, result: object) =>
  write({ id: message.id, result: isModern(message) ? { resultType: 'complete', ...result } : result });
const questions = new Map<string, (message: Message) => void>();

function call(message: Message): void {
  const { name, inputResponses } = message.params as { name?: string; inputResponses?: Record<string, unknown> };
  if (name === 'tell') {
    const progressToken = message.params?._meta?.progressToken;
    write({ method: 'notifications/progress', params: { progressToken, progress: 1, _meta: SAID } });
    write({ method: 'notifications/message', params: { level: 'error', data: 'told', _meta: SAID } });
    return complete(message, { ...text('told'), _meta: SAID });
  }
  if (name !== 'ask') return complete(message, text(heard));
  if (inputResponses !== undefined) return complete(message, text(inputResponses));
  if (isModern(message)) {
    const inputRequests = { one: { method: 'elicitation/create', params: QUESTION } };
    return write({
      id: message.id,
      result: { resultType: 'input_required', inputRequests, requestState: 'open' },
    });
  }
  questions.set('q', ({ result }) => complete(message, text(result)));
  write({ id: 'q', method: 'elicitation/create', params: QUESTION });
}

const methods: Record<string, (message: Message) => void> = {
  initialize: (message) => {
    if (era === 'modern') return write({ id: message.id, error: { code: -32601, message: 'Method not found' } });
    complete(message, { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, serverInfo: INFO });
  },
  'server/discover': (message) => {
    const file = flags.get('discoveries');
    if (file !== undefined) appendFileSync(file, `${process.pid}\n`);
    if (flags.has('exit')) process.exit(4);
    if (isSilent) return;
    if (era === 'legacy') return write({ id: message.id, error: { code: -32601, message: 'Method not found' } });
    const meta = { _meta: { [`${PREFIX}serverInfo`]: INFO } };
    complete(message, { supportedVersions: ['2026-07-28'], capabilities: CAPABILITIES, ...meta });
  },
  'tools/list': (message) => complete(message, { tools: TOOLS }),
  'tools/call': call,
  ping: (message) => complete(message, {}),
};

function receive(line: string): void {
  const message = JSON.parse(line) as Message;
  if (message.method === undefined) return questions.get(String(message.id))?.(message);
  heard.push(message);
  if (message.id === undefined) return;
  const method = methods[message.method];
  if (method !== undefined) return method(message);
  write({ id: message.id, error: { code: -32601, message: `Method not found: ${message.method}` } });
}

await new Promise((resolve) => setTimeout(resolve, Number(flags.get('slow') ?? 0)));
createInterface({ input: process.stdin }).on('line', receive);
