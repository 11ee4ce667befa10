import fc from 'fast-check';
import type { JsonRpcMessage, RequestId } from '../../../mcp/jsonrpc.ts';
import { anyText } from './texts.ts';

/** Ids as clients use them and as nobody expects them. */
export const requestId: fc.Arbitrary<RequestId> = fc.oneof(
  fc.nat(100),
  fc.constantFrom(0, -1, -0, 1.5, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324, Number.MAX_SAFE_INTEGER),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom('', '0', 'id', 'method', 'a"b', '\\', '{"id":7}', '__proto__', '\u2028', '😀'),
  anyText(20),
);

const method = fc.oneof(
  fc.constantFrom('ping', 'initialize', 'tools/call', 'tools/list', 'notifications/cancelled', 'id', '', 'a"b\\'),
  anyText(10),
);

/** JSON with members that look like those of a message, nested. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1.5e-7, '', 'id', '"method":1', ']}', '[{'),
    anyText(8),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom('id', 'method', 'jsonrpc', '__proto__', ''), anyText(5)), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

const jsonObject = fc.dictionary(fc.oneof(fc.constantFrom('id', 'method', 'name', '_meta'), anyText(5)), json, {
  maxKeys: 4,
  noNullPrototype: true,
});

const version = fc.constant('2.0' as const);
const OPTIONS = { noNullPrototype: true } as const;

const request = fc.record(
  { jsonrpc: version, id: requestId, method, params: jsonObject },
  { ...OPTIONS, requiredKeys: ['jsonrpc', 'id', 'method'] },
);
const notification = fc.record(
  { jsonrpc: version, method, params: jsonObject },
  { ...OPTIONS, requiredKeys: ['jsonrpc', 'method'] },
);
const result = fc.record({ jsonrpc: version, id: requestId, result: jsonObject }, OPTIONS);
const failure = fc.record(
  {
    jsonrpc: version,
    id: fc.oneof(requestId, fc.constant(null)),
    error: fc.record({ code: fc.integer(), message: anyText(10), data: json }, OPTIONS),
  },
  OPTIONS,
);

/** A message that JSON-RPC 2.0 and MCP allow, with members in any order. */
export const message: fc.Arbitrary<JsonRpcMessage> = fc
  .oneof(request, request, notification, result, failure)
  .chain((whole) => fc.shuffledSubarray(Object.entries(whole), { minLength: Object.keys(whole).length }))
  .map((entries) => Object.fromEntries(entries) as unknown as JsonRpcMessage);

/** One message or a batch. */
export const messages: fc.Arbitrary<JsonRpcMessage | JsonRpcMessage[]> = fc.oneof(
  message,
  fc.array(message, { maxLength: 5 }),
);

/** What has members of several kinds of messages, or too few. */
export const almostMessage: fc.Arbitrary<unknown> = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 8, arbitrary: fc.constant<unknown>('2.0') }, { weight: 1, arbitrary: json }),
    id: fc.oneof<fc.Arbitrary<unknown>[]>(requestId, fc.constant(null), json),
    method: fc.oneof<fc.Arbitrary<unknown>[]>(method, json),
    params: fc.oneof<fc.Arbitrary<unknown>[]>(jsonObject, json),
    result: fc.oneof<fc.Arbitrary<unknown>[]>(jsonObject, json),
    error: fc.oneof<fc.Arbitrary<unknown>[]>(fc.constantFrom(null, { code: 1, message: 'x' }), json),
  },
  { noNullPrototype: true, requiredKeys: ['jsonrpc'] },
);
