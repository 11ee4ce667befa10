import fc from 'fast-check';
import { json, messages } from '../arbitrary/json-rpc.ts';
import { spelled, spelling } from '../arbitrary/spelling.ts';
import { anyText } from '../arbitrary/texts.ts';
import { large } from '../hostile/part.ts';

const PLAIN = { noNullPrototype: true } as const;

const initialize = fc
  .record(
    {
      protocolVersion: fc.oneof(fc.constantFrom('2024-11-05', '2025-06-18', '2025-11-25', '2026-07-28', '1'), json),
      capabilities: fc.oneof(fc.constantFrom<unknown>({}, { sampling: {}, roots: { listChanged: true } }), json),
      clientInfo: fc.oneof(fc.constant({ name: 'fuzz', version: '1' }), json),
    },
    { ...PLAIN, requiredKeys: ['protocolVersion'] },
  )
  .map((params) => ({ jsonrpc: '2.0', id: 1, method: 'initialize', params }));

const call = fc
  .record(
    {
      method: fc.constantFrom(
        'tools/call',
        'tools/list',
        'prompts/get',
        'resources/read',
        'ping',
        'completion/complete',
      ),
      params: fc.record(
        {
          name: fc.oneof(
            { weight: 4, arbitrary: fc.constantFrom<unknown>('any', 'good-any', 'echo-echo') },
            { weight: 1, arbitrary: json },
          ),
          arguments: json,
          uri: json,
          cursor: json,
          _meta: json,
        },
        { ...PLAIN, requiredKeys: [] },
      ),
    },
    { ...PLAIN, requiredKeys: ['method'] },
  )
  .map((request) => ({ jsonrpc: '2.0', id: 'call', ...request }));

/** A JSON-RPC body that is one, in any spelling. */
export const validBody: fc.Arbitrary<string> = fc.oneof(
  initialize.map((request) => JSON.stringify(request)),
  call.map((request) => JSON.stringify(request)),
  fc
    .constantFrom('tools/list', 'ping', 'resources/list')
    .map((method) => `{"jsonrpc":"2.0","id":"x","method":"${method}"}`),
  fc.tuple(messages, spelling).map(([body, how]) => spelled(body, how)),
);

/** A body that is none, or not what it seems. */
export const oddBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '{', '[]', 'null', '"', '{"jsonrpc":"2.0","id":1,"method":"ping"', '\0', '\ufeff{}'),
  json.map((value) => JSON.stringify(value)),
  anyText(40),
  fc.tuple(validBody, fc.nat(40)).map(([body, length]) => body.slice(0, length)),
  fc
    .tuple(
      fc.constantFrom('arrays' as const, 'numbered' as const, 'long' as const),
      fc.constantFrom(1_000, 20_000, 70_000),
    )
    .map(
      ([shape, size]) =>
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo-echo","x":${large(shape, size)}}}`,
    ),
);

const metadata = fc.oneof(
  json,
  fc.record(
    {
      tag: json,
      zone: json,
      instance: json,
      startedAt: json,
      draining: fc.boolean(),
      sessions: json,
      principals: json,
      serverStatus: fc.oneof(
        json,
        fc.constantFrom<unknown>({ good: { status: 'connected' } }, { x: { status: 'odd' } }),
      ),
      groups: fc.oneof(json, fc.constantFrom<unknown>([{ id: 'g', name: 'g', servers: [{ name: 'good' }] }])),
      adopted: fc.oneof(json, fc.constantFrom<unknown>({ full: true, add: ['x'], remove: [] })),
      buried: fc.array(anyText(5), { maxLength: 2 }),
      heard: json,
      members: fc.array(anyText(5), { maxLength: 2 }),
    },
    { ...PLAIN, requiredKeys: [] },
  ),
);

/** Never a node that is there, and mostly one that was not there before. */
const ghost = fc.nat(500).map((n) => `ghost-${n}`);
const address = {
  url: fc.constantFrom('http://127.0.0.1:9', 'http://127.0.0.1:9/x?y', 'ftp://x', 'http://['),
  host: fc.oneof(fc.constantFrom('127.0.0.1', '::1', '[', 'a b', '%', ''), anyText(6)),
  port: fc.constantFrom(9, 0, 65_536),
};

/** What a node tells a coordinator, more or less. */
export const membershipBody: fc.Arbitrary<string> = fc
  .oneof<fc.Arbitrary<object>[]>(
    fc.record(
      { id: ghost, name: fc.constant('ghost'), servers: fc.constantFrom(['ghostly'], ['good']), ...address, metadata },
      { ...PLAIN, requiredKeys: ['id', 'name', 'servers', 'port'] },
    ),
    fc.record(
      {
        id: fc.oneof<fc.Arbitrary<unknown>[]>(ghost, json),
        name: json,
        url: json,
        host: json,
        port: json,
        servers: json,
        metadata,
      },
      { ...PLAIN, requiredKeys: [] },
    ),
  )
  .map((payload) => JSON.stringify(payload));
