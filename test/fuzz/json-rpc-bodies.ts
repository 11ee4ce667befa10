import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import fc from 'fast-check';
import { createIdScanner } from '../../mcp/id-scanner.ts';
import {
  isFailure,
  isMessage,
  isNotification,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  requestIds,
} from '../../mcp/jsonrpc.ts';
import { parseBody } from '../../node/http/messages.ts';
import { NodeError } from '../../node/node-error.ts';
import { type Cuts, cuts, inPieces } from './arbitrary/cuts.ts';
import { almostMessage, json, message, messages } from './arbitrary/json-rpc.ts';
import { type Spelling, spelled, spelling } from './arbitrary/spelling.ts';
import { anyText } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

function scan(bytes: Buffer, sizes: Cuts): readonly unknown[] {
  const scanner = createIdScanner();
  for (const piece of inPieces(bytes, sizes)) scanner.push(piece);
  return scanner.ids;
}

function findsTheSameIds(body: JsonRpcMessage | JsonRpcMessage[], how: Spelling, sizes: Cuts): void {
  const bytes = Buffer.from(spelled(body, how));
  const expected = [body].flat().flatMap((one) => (isRequest(one) ? [one.id] : []));
  deepStrictEqual(sameZero(requestIds(bytes)), sameZero(expected));
  deepStrictEqual(sameZero(scan(bytes, sizes)), sameZero(expected));
}

/** JSON has no minus zero of its own. */
function sameZero(ids: readonly unknown[]): unknown[] {
  return ids.map((id) => (id === 0 ? 0 : id));
}

/** Bytes of all kinds: random ones, JSON tokens in a row, JSON cut off, JSON that is deeper than a stack. */
const tokens = fc
  .array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"id"', '"method"', '"', '\\', '1', 'null', '"2.0"', ' '), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));
const cutOff = fc
  .tuple(messages, spelling, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([body, how, part]) => spelled(body, how).slice(0, part * 200));
const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"id":', '[{"params":'), fc.integer({ min: 1, max: 20_000 }))
  .map(([open, depth]) => open.repeat(depth));
const mixed = fc.oneof(almostMessage, fc.array(fc.oneof(message, almostMessage), { maxLength: 4 }));
const anyBytes = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 4, arbitrary: fc.oneof(tokens, cutOff, anyText(60)).map((text) => Buffer.from(text)) },
  { weight: 4, arbitrary: fc.oneof(json, mixed).map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: deep.map((text) => Buffer.from(text)) },
);

function takesAnyBytes(bytes: Buffer, sizes: Cuts): void {
  for (const id of requestIds(bytes)) ok(typeof id === 'string' || Number.isFinite(id));
  for (const id of scan(bytes, sizes)) ok(typeof id === 'string' || typeof id === 'number');
}

function isOneKindOnly(value: unknown): void {
  const kinds = [isRequest(value), isNotification(value), isResponse(value)];
  strictEqual(kinds.filter(Boolean).length, isMessage(value) ? 1 : 0);
  if (isResponse(value)) strictEqual(isFailure(value) || 'result' in value, true);
}

const NODE_ERRORS = ['MCPHUB_BAD_JSON', 'MCPHUB_JSON_BOUNDS', 'MCPHUB_BAD_MESSAGE', 'MCPHUB_BAD_BATCH'];

function givesMessagesOrRefuses(bytes: Buffer): void {
  try {
    const { messages: found, batch } = parseBody(bytes);
    ok(found.length > 0 && found.every(isMessage));
    deepStrictEqual(JSON.parse(bytes.toString()), batch ? found : found[0]);
  } catch (error) {
    if (!(error instanceof NodeError) || !NODE_ERRORS.includes(error.code)) throw error;
    ok(typeof error.rpcError.code === 'number' && error.status === 400);
  }
}

/** JSON-RPC bodies (mcp/jsonrpc.ts, mcp/id-scanner.ts, node/http/messages.ts). */
export const JSON_RPC_BODIES: readonly Property[] = [
  pure(
    'bodies: no id of a request is lost, however it is spelled and cut',
    5_750,
    400,
    fc.property(messages, spelling, cuts, findsTheSameIds),
  ),
  pure('bodies: no bytes make the id scanner throw', 2_750, 300, fc.property(anyBytes, cuts, takesAnyBytes)),
  pure(
    'bodies: no JSON is two kinds of message at once',
    1_750,
    200,
    fc.property(fc.oneof(json, almostMessage, messages), isOneKindOnly),
  ),
  pure(
    'bodies: any bytes are messages or a refusal',
    3_000,
    300,
    fc.property(
      fc.oneof(
        anyBytes,
        fc.tuple(messages, spelling).map(([body, how]) => Buffer.from(spelled(body, how))),
      ),
      givesMessagesOrRefuses,
    ),
  ),
];
