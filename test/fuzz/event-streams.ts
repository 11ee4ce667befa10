import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { StringDecoder } from 'node:string_decoder';
import fc from 'fast-check';
import { createSseReader, encodeEvent, endsAtBoundary, KEEP_ALIVE, type SseEvent } from '../../mcp/sse.ts';
import { type Cuts, cuts, inPieces } from './arbitrary/cuts.ts';
import { streamText } from './arbitrary/event-stream.ts';
import { json } from './arbitrary/json-rpc.ts';
import { anyText } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

/** Reads bytes as the node does: decoded piece by piece. */
function read(bytes: Buffer, sizes: Cuts, maxEventLength?: number): SseEvent[] {
  const events: SseEvent[] = [];
  const decoder = new StringDecoder('utf8');
  const reader = createSseReader((event) => events.push(event), maxEventLength);
  for (const piece of inPieces(bytes, sizes)) reader.push(decoder.write(piece));
  return events;
}

const eventName = fc.oneof(
  fc.constantFrom(undefined, 'message', 'endpoint'),
  anyText(8).map((text) => text.replace(/[\r\n]/g, '') || 'x'),
);
const encodable = fc.array(
  fc.tuple(
    fc.oneof(
      anyText(40),
      json.map((value) => JSON.stringify(value)),
    ),
    eventName,
  ),
  {
    maxLength: 5,
  },
);

function comeBack(events: [string, string | undefined][], sizes: Cuts, alive: boolean[]): void {
  const written = events.map(([data, name], index) => {
    const keepAlive = alive[index % alive.length] === true ? KEEP_ALIVE : '';
    return encodeEvent(data, name) + keepAlive;
  });
  const expected = events.map(([data, name]) => ({ event: name ?? 'message', data: data.replace(/\r\n|\r/g, '\n') }));
  deepStrictEqual(read(Buffer.from(written.join('')), sizes), expected);
}

/** Lines in groups, as blank ones part them; the last group is what is unfinished. */
function groupsOf(lines: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const line of lines) {
    if (line === '') groups.push([]);
    else groups.at(-1)?.push(line);
  }
  return groups;
}

/** A byte order mark at the start is not part of the text. */
function linesOf(text: string): string[] {
  return text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
}

/** What the HTML standard says (section 9.2.6), with the whole text at hand; events without data are none. */
function reference(text: string): SseEvent[] {
  return groupsOf(linesOf(text).slice(0, -1)).slice(0, -1).flatMap(eventOf);
}

function eventOf(lines: string[]): SseEvent[] {
  const fields = lines
    .filter((line) => !line.startsWith(':'))
    .map((line) => {
      const [name, value = ''] = line.includes(':')
        ? [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]
        : [line];
      return [name, value.replace(/^ /, '')] as const;
    });
  const last = (wanted: string, valid: (value: string) => boolean) =>
    fields.findLast(([name, value]) => name === wanted && valid(value))?.[1];
  const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
  if (data.length === 0) return [];
  const id = last('id', (value) => !value.includes('\0'));
  const retry = last('retry', (value) => /^\d+$/.test(value));
  return [
    {
      event: last('event', () => true) || 'message',
      data: data.join('\n'),
      ...(id === undefined ? {} : { id }),
      ...(retry === undefined ? {} : { retry: Number(retry) }),
    },
  ];
}

function readsAsTheStandardSays(text: string, sizes: Cuts): void {
  deepStrictEqual(read(Buffer.from(text), sizes), reference(text));
}

function refusesOnlyWhatIsTooLong(bytes: Buffer, sizes: Cuts, limit: number): void {
  try {
    for (const event of read(bytes, sizes, limit)) ok(event.data.length <= limit);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const longest = Math.max(...groupsOf(linesOf(bytes.toString())).map((lines) => lines.join('').length));
    ok(longest > limit, `${longest} characters are not above ${limit}`);
  }
}

function splitsNoEvent(text: string): void {
  const bytes = Buffer.from(text);
  const expected = read(bytes, [1_000]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    if (!endsAtBoundary(head)) continue;
    deepStrictEqual(read(Buffer.concat([head, Buffer.from(KEEP_ALIVE), tail]), [1_000]), expected);
  }
  strictEqual(endsAtBoundary(Buffer.from(encodeEvent(text))), true);
}

/** Event streams (mcp/sse.ts). */
export const EVENT_STREAMS: readonly Property[] = [
  pure(
    'event streams: what was written is read, wherever it is cut',
    5_250,
    400,
    fc.property(encodable, cuts, fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), comeBack),
  ),
  pure(
    'event streams: a stream of another writer is read as the standard says',
    5_250,
    400,
    fc.property(streamText, cuts, readsAsTheStandardSays),
  ),
  pure(
    'event streams: hostile bytes throw nothing but a RangeError',
    2_750,
    200,
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        streamText.map((text) => Buffer.from(text)),
      ),
      cuts,
      fc.integer({ min: 1, max: 200 }),
      refusesOnlyWhatIsTooLong,
    ),
  ),
  pure(
    'event streams: a comment between events changes none of them',
    2_750,
    200,
    fc.property(streamText, splitsNoEvent),
  ),
];
