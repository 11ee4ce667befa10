import { parseJson } from '../../mcp/json.ts';
import { CONFIG } from '../config.ts';
import { NodeError } from '../node-error.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';

/** Where a page begins, and the cursor for the one after it; absent after the last. */
export interface Page {
  items: readonly Item[];
  nextCursor?: string;
}

/**
 * One page of a list (specification: server/utilities/pagination). Pages end at multiples of `size`, so that clients
 * that came by different ways read the same ones.
 */
export function pageAt(kind: ListKind, items: readonly Item[], start: number, size: number): Page {
  const end = (Math.floor(start / size) + 1) * size;
  const page = items.slice(start, end);
  const last = page.at(-1);
  if (last === undefined || end >= items.length) return { items: page };
  return { items: page, nextCursor: encode(kind, end - 1, last[LISTS[kind].key] as string) };
}

/**
 * Where the page after a cursor begins: behind the last item of the page before it, wherever that is now; when it is
 * gone, what followed it has moved to its place.
 * @param cursor undefined for the first page
 * @throws NodeError MCPHUB_PARAMS_INVALID when it is no cursor of this list
 */
export function startOf(kind: ListKind, items: readonly Item[], cursor: unknown): number {
  if (cursor === undefined) return 0;
  const { index, key } = decode(kind, cursor);
  const field = LISTS[kind].key;
  if (items[index]?.[field] === key) return index + 1;
  const position = items.findIndex((item) => item[field] === key);
  return position < 0 ? Math.min(index, items.length) : position + 1;
}

function encode(kind: ListKind, index: number, key: string): string {
  return Buffer.from(JSON.stringify([kind, index, key])).toString('base64url');
}

function decode(kind: ListKind, cursor: unknown): { index: number; key: string } {
  const [of, index, key] = typeof cursor === 'string' && cursor.length <= CONFIG.maxCursorLength ? parse(cursor) : [];
  if (of === kind && Number.isSafeInteger(index) && (index as number) >= 0 && typeof key === 'string') {
    return { index: index as number, key };
  }
  throw invalidCursor(kind);
}

/** What a cursor is answered with that is none of the list. */
function invalidCursor(kind: ListKind): NodeError {
  const { method } = LISTS[kind];
  const reason = `cursor must be the nextCursor of an earlier page of ${method}, unchanged; without it the list begins anew`;
  return new NodeError('MCPHUB_PARAMS_INVALID', { method, reason });
}

function parse(cursor: string): unknown[] {
  try {
    const value = parseJson(Buffer.from(cursor, 'base64url'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
