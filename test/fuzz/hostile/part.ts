import fc from 'fast-check';
import { json } from '../arbitrary/json-rpc.ts';
import { anyText } from '../arbitrary/texts.ts';

/** Which id an answer carries; the server knows the right one only when it is asked. */
export type AnswerId =
  | 'right'
  | 'as text'
  | 'next'
  | 'earlier'
  | 'huge'
  | 'null'
  | 'none'
  | 'object'
  | 'long'
  | 'fraction';

/** `numbered`: members with numbers for names, which V8 writes by recursion. */
type Shape = 'arrays' | 'numbered' | 'long';

/** Where something large stands. */
type Place = 'result' | 'list' | 'error' | 'notification' | 'request';

/** One thing that a hostile server says. */
export type Part =
  | { say: 'answer'; id: AnswerId; members: Record<string, unknown> }
  | { say: 'notification'; method: string; params: unknown }
  | { say: 'request'; method: string; id: unknown; params: unknown }
  | { say: 'progress'; token: AnswerId; progress: unknown }
  /** JSON that is nested deeper than a program has stack, or longer than a buffer. */
  | { say: 'large'; as: Place; shape: Shape; size: number }
  | { say: 'junk'; text: string };

const PLAIN = { noNullPrototype: true } as const;

const answerId = fc.oneof(
  { weight: 6, arbitrary: fc.constant<AnswerId>('right') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<AnswerId>(
      'as text',
      'next',
      'earlier',
      'huge',
      'null',
      'none',
      'object',
      'long',
      'fraction',
    ),
  },
);

const item = fc.record({ name: anyText(8), uri: anyText(8), uriTemplate: anyText(8), inputSchema: json }, PLAIN);
const list = fc.oneof(json, fc.array(fc.oneof(json, item), { maxLength: 3 }));
const result = fc.oneof(
  fc.constant({ content: [{ type: 'text', text: 'fine' }] }),
  fc.record({ content: json, isError: json }, PLAIN),
  fc.record(
    { tools: list, prompts: list, resources: list, resourceTemplates: list, nextCursor: fc.oneof(json, anyText(3)) },
    { ...PLAIN, requiredKeys: [] },
  ),
  json,
);
const error = fc.oneof(
  fc.record({ code: fc.integer(), message: anyText(20), data: json }, PLAIN),
  fc.record({ code: fc.constantFrom(-32601, -32602, -32002, -32700, 0), message: anyText(5) }, PLAIN),
  json,
);
const members = fc.oneof(
  { weight: 4, arbitrary: fc.record({ jsonrpc: fc.constant('2.0'), result }, PLAIN) },
  { weight: 2, arbitrary: fc.record({ jsonrpc: fc.constant('2.0'), error }, PLAIN) },
  {
    weight: 2,
    arbitrary: fc.record(
      { jsonrpc: fc.oneof(fc.constantFrom<unknown>('2.0', '1.0', 2), json), result, error, method: json },
      { ...PLAIN, requiredKeys: [] },
    ),
  },
);

const method = fc.oneof(
  fc.constantFrom(
    'notifications/message',
    'notifications/tools/list_changed',
    'notifications/prompts/list_changed',
    'notifications/resources/list_changed',
    'notifications/resources/updated',
    'notifications/cancelled',
    'notifications/initialized',
    'notifications/elicitation/complete',
    'initialize',
    '__proto__',
  ),
  anyText(10),
);
const askedMethod = fc.constantFrom(
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
  'ping',
  'tools/list',
  'initialize',
  'constructor',
  '',
);
const params = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    { level: 'info', data: 'x' },
    { level: 'nonsense', data: null },
    { requestId: 1 },
  ),
  json,
);

/** Whatever a hostile server may say. */
export const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ say: fc.constant('answer' as const), id: answerId, members }, PLAIN) },
  { weight: 4, arbitrary: fc.record({ say: fc.constant('notification' as const), method, params }, PLAIN) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        say: fc.constant('request' as const),
        method: askedMethod,
        id: fc.oneof(fc.constantFrom<unknown>(1, 2, '1', 1e308, 'x'.repeat(2_000)), json),
        params,
      },
      PLAIN,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ say: fc.constant('progress' as const), token: answerId, progress: json }, PLAIN),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        say: fc.constant('large' as const),
        as: fc.constantFrom<Place>('result', 'list', 'error', 'notification', 'request'),
        shape: fc.constantFrom<Shape>('arrays', 'numbered', 'long'),
        size: fc.constantFrom(1_000, 20_000, 100_000),
      },
      PLAIN,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        say: fc.constant('junk' as const),
        text: fc.oneof(
          fc.constantFrom('', '{', '[]', '[[]]', 'null', '5', '"x"', '{"jsonrpc":"2.0"', '{"id":1e999}', '\ufeff{}'),
          json.map((value) => JSON.stringify(value)),
          anyText(20),
        ),
      },
      PLAIN,
    ),
  },
);

/** The words on the wire. @param id of the request that is being answered */
export function wording(said: Part, id: unknown): string {
  switch (said.say) {
    case 'answer':
      return JSON.stringify({ ...said.members, ...withId(said.id, id) });
    case 'notification':
      return JSON.stringify({ jsonrpc: '2.0', method: said.method, params: said.params });
    case 'request':
      return JSON.stringify({ jsonrpc: '2.0', id: said.id, method: said.method, params: said.params });
    case 'progress': {
      const { id: progressToken } = withId(said.token, id);
      const about = { progressToken, progress: said.progress };
      return JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: about });
    }
    case 'large':
      return `{"jsonrpc":"2.0",${largeMembers(said, JSON.stringify(id) ?? 'null')}}`;
    case 'junk':
      return said.text;
  }
}

function largeMembers({ as, shape, size }: Extract<Part, { say: 'large' }>, id: string): string {
  const value = large(shape, size);
  switch (as) {
    case 'result':
      return `"id":${id},"result":{"x":${value}}`;
    case 'list':
      return `"id":${id},"result":{"tools":[{"name":"large","inputSchema":${value}}]}`;
    case 'error':
      return `"id":${id},"error":{"code":1,"message":"x","data":${value}}`;
    case 'notification':
      return `"method":"notifications/message","params":{"level":"error","data":${value}}`;
    case 'request':
      return `"id":7,"method":"elicitation/create","params":{"x":${value}}`;
  }
}

/** JSON of this size, as text, since not every JSON that can be read can be written. */
export function large(shape: Shape, size: number): string {
  if (shape === 'long') return `"${'x'.repeat(size)}"`;
  const [open, close] = shape === 'arrays' ? ['[', ']'] : ['{"0":', '}'];
  return `${open.repeat(size)}0${close.repeat(size)}`;
}

function withId(kind: AnswerId, id: unknown): { id?: unknown } {
  const number = Number(id);
  const ids: Record<AnswerId, unknown> = {
    right: id,
    'as text': String(id),
    next: number + 1,
    earlier: number - 1,
    huge: 1e308,
    null: null,
    none: undefined,
    object: { id },
    long: 'x'.repeat(5_000),
    fraction: number + 0.5,
  };
  return { id: ids[kind] };
}
