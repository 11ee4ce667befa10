import { legacyTool } from '../bridge/structured.ts';
import { CONFIG } from '../config.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';
import { pageAt, startOf } from './pages.ts';

/**
 * Answers a cursor, or the lack of one, with a result as JSON in UTF-8, in the form of an era.
 * @throws NodeError MCPHUB_PARAMS_INVALID when the cursor is not one of this list
 */
export type Pages = (cursor: unknown, era: 'legacy' | 'modern') => Buffer;

/**
 * The pages of a list, each built when it is first asked for, and kept unless it begins at an odd place.
 * @param missing names of servers whose items are not there
 */
export function pagesOf(kind: ListKind, items: readonly Item[], missing: readonly string[]): Pages {
  const meta = missing.length === 0 ? {} : { _meta: { 'mcphub.io/partial': missing } };
  // A list that lacks a server must not be kept.
  const head = { resultType: 'complete', ttlMs: missing.length > 0 ? 0 : CONFIG.listTtl, cacheScope: 'private' };
  const built = new Map<string, Buffer>();
  return (cursor, era) => {
    const start = startOf(kind, items, cursor);
    const known = built.get(`${era} ${start}`);
    if (known !== undefined) return known;
    const { items: page, ...next } = pageAt(kind, items, start, CONFIG.listPageSize);
    const { field } = LISTS[kind];
    const shown = era === 'legacy' && kind === 'tools' ? page.map(legacyTool) : page;
    const result = { ...(era === 'modern' ? head : {}), [field]: shown, ...next, ...meta };
    const json = Buffer.from(JSON.stringify(result));
    if (start % CONFIG.listPageSize === 0) built.set(`${era} ${start}`, json);
    return json;
  };
}
