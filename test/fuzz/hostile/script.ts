import fc from 'fast-check';
import { json } from '../arbitrary/json-rpc.ts';
import { anyText } from '../arbitrary/texts.ts';
import { type Reply, reply } from './reply.ts';

/** How a hostile server behaves during one case. */
export interface Script {
  transport: 'streamable-http' | 'sse';
  /** Each session has a connection of its own, on which the server may ask the client. */
  own: boolean;
  /** Answers `initialize` properly with these facts, or otherwise. */
  initialize: { facts: Record<string, unknown> } | { reply: Reply };
  /** What follows the GET of an event stream; for HTTP+SSE, behind the endpoint event. */
  listen: Reply;
  /** Where HTTP+SSE says that clients post. */
  endpoint: string;
  /** To everything else that is posted, in turn. */
  replies: Reply[];
}

/** A request of a client to the hub. */
export interface ClientCall {
  method: string;
  params: Record<string, unknown>;
  /** Another argument that is nested this deep. */
  depth?: number;
}

/** Whether a call may have to wait for its time-out: what ends must be noticed, what goes on cannot be. */
export function mayBeSilent({ transport, replies, listen, initialize }: Script): boolean {
  const all = [...replies, listen, ...('reply' in initialize ? [initialize.reply] : [])];
  return transport === 'sse' || all.some(leavesOpen);
}

function leavesOpen(answer: Reply): boolean {
  if (answer.as === 'silence') return true;
  // 202 says that an answer comes later, and an id that the stream may be taken up again.
  if ('status' in answer && answer.status === 202) return true;
  if ('end' in answer && answer.end === 'open') return true;
  return answer.as === 'stream' && answer.frames.some(({ fields }) => fields.some((field) => field.startsWith('id')));
}

const PLAIN = { noNullPrototype: true } as const;
const ALL = { tools: {}, prompts: {}, resources: { subscribe: true }, logging: {}, completions: {} };

const facts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constant({
      protocolVersion: '2025-06-18',
      capabilities: ALL,
      serverInfo: { name: 'hostile', version: '1' },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        protocolVersion: fc.oneof(fc.constantFrom('2024-11-05', '2025-11-25'), json),
        capabilities: fc.oneof(json, fc.record({ tools: json, resources: json, logging: json }, PLAIN)),
        serverInfo: fc.oneof(json, fc.record({ name: json, version: json }, PLAIN)),
        instructions: json,
      },
      PLAIN,
    ),
  },
);

const endpoint = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/post?sessionId=1') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('', 'http://127.0.0.1:1/post', '//evil', 'http://['), anyText(8)) },
);

/** Mostly a server that starts well, since nothing is asked of one that does not. */
export const script: fc.Arbitrary<Script> = fc.record(
  {
    transport: fc.oneof(
      { weight: 5, arbitrary: fc.constant('streamable-http' as const) },
      { weight: 1, arbitrary: fc.constant('sse' as const) },
    ),
    own: fc.nat(3).map((n) => n === 0),
    initialize: fc.oneof(
      { weight: 8, arbitrary: facts.map((answer) => ({ facts: answer as Record<string, unknown> })) },
      { weight: 1, arbitrary: reply.map((answer) => ({ reply: answer })) },
    ),
    listen: fc.oneof(fc.constant<Reply>({ as: 'status', status: 405, headers: {}, body: '' }), reply),
    endpoint,
    replies: fc.array(reply, { minLength: 1, maxLength: 5 }),
  },
  PLAIN,
);

const name = fc.constantFrom('any', 'h-any', '', '__proto__');
const meta = fc.oneof(
  fc.constant({}),
  fc.constantFrom(1, 'token', 1.5).map((progressToken) => ({ _meta: { progressToken } })),
);

/** Requests that the hub has to pass on, for the greater part. */
export const clientCalls: fc.Arbitrary<ClientCall[]> = fc.array(
  fc.oneof<fc.Arbitrary<ClientCall>[]>(
    fc
      .tuple(fc.constantFrom('tools/call', 'prompts/get'), name, meta, json)
      .map(([method, called, more, args]) => ({ method, params: { name: called, arguments: { args }, ...more } })),
    fc.constantFrom(1_000, 20_000).map((depth) => ({ method: 'tools/call', params: { name: 'any' }, depth })),
    fc
      .tuple(fc.constantFrom('resources/read', 'resources/subscribe', 'resources/unsubscribe'), anyText(6), meta)
      .map(([method, uri, more]) => ({ method, params: { uri, ...more } })),
    fc
      .constantFrom('tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'ping')
      .map((method) => ({ method, params: {} })),
    fc.constantFrom('debug', 'error').map((level) => ({ method: 'logging/setLevel', params: { level } })),
    fc.constant({
      method: 'completion/complete',
      params: { ref: { type: 'ref/prompt', name: 'any' }, argument: { name: 'a', value: '' } },
    }),
  ),
  { minLength: 1, maxLength: 3 },
);
