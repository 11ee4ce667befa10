import { idKey, isId, type RequestId } from '../../mcp/jsonrpc.ts';
import { plainNumber } from '../../mcp/numbers.ts';
import type { Outcome } from '../servers/connection.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';
import { Refusals } from './refusals.ts';
import { type ItemLimits, usableItem } from './usable-item.ts';

/** The one request that a list needs of a connection. */
export interface ListSource {
  request(method: string, params: Record<string, unknown> | undefined): Promise<Outcome>;
}

/** How much of a list is read; sizes are bytes of JSON. */
export interface ListLimits extends ItemLimits {
  items: number;
  pages: number;
  /** Of all items together. */
  bytes?: number;
  /** Milliseconds after which no more of it is read. */
  time?: number;
}

export interface ReadList {
  items: Item[];
  /** There was more than the limits allow, or cursors that lead nowhere. */
  cut: boolean;
  /** Milliseconds for which the server lets the list be kept; undefined when it does not say. */
  ttlMs: number | undefined;
  refused: Refusals;
}

/** A server remembers in its cursor where it is; nothing needs more for that. */
const MAX_CURSOR = 16 * 1024;

/**
 * Reads a list to its end. A cursor that repeats, or a list beyond the limits, ends it with what was read.
 * @returns the items, or the error outcome of the page that failed
 */
export async function readList(
  source: ListSource,
  kind: ListKind,
  limits: ListLimits,
): Promise<ReadList | Extract<Outcome, { error: unknown }>> {
  const { method, field } = LISTS[kind];
  const list: ReadList = { items: [], cut: false, ttlMs: undefined, refused: new Refusals() };
  const until = performance.now() + (limits.time ?? Number.POSITIVE_INFINITY);
  const reading = { list, kind, limits, until, bytes: 0 };
  const seen = new Set<unknown>();
  let cursor: unknown;
  do {
    seen.add(isId(cursor) ? idKey(cursor) : cursor);
    const outcome = await source.request(method, cursor === undefined ? undefined : { cursor });
    if ('error' in outcome) return outcome;
    const { [field]: page } = outcome.result;
    list.ttlMs = shorter(list.ttlMs, plainNumber(outcome.result.ttlMs));
    const whole = takePage(reading, Array.isArray(page) ? page : []);
    cursor = outcome.result.nextCursor || undefined;
    list.cut = !whole || cursor !== undefined;
  } while (isCursor(cursor) && !seen.has(idKey(cursor)) && seen.size < limits.pages && !isFull(reading));
  return list;
}

function shorter(known: number | undefined, said: unknown): number | undefined {
  return typeof said === 'number' ? Math.min(said, known ?? said) : known;
}

interface Reading {
  readonly list: ReadList;
  readonly kind: ListKind;
  readonly limits: ListLimits;
  /** When no more of it is read; of performance.now(). */
  readonly until: number;
  /** Of all items so far, taken or not. */
  bytes: number;
}

function isFull({ list, limits, until, bytes }: Reading): boolean {
  if (performance.now() >= until) return true;
  return list.items.length >= limits.items || bytes >= (limits.bytes ?? Number.POSITIVE_INFINITY);
}

/** @returns whether all of the page was read */
function takePage(reading: Reading, page: readonly unknown[]): boolean {
  for (const item of page) {
    if (isFull(reading)) return false;
    take(reading, item);
  }
  return true;
}

function isCursor(cursor: unknown): cursor is RequestId {
  return typeof cursor === 'string' ? cursor.length <= MAX_CURSOR : isId(cursor);
}

function take(reading: Reading, value: unknown): void {
  const { items, refused } = reading.list;
  const json = JSON.stringify(value);
  reading.bytes += Buffer.byteLength(json);
  const usable = usableItem(reading.kind, value, json, reading.limits);
  if ('item' in usable) items.push(usable.item);
  else refused.add(usable.name, usable.problem);
}
