import { list } from '../catalog/listing.ts';
import type { ListKind } from '../catalog/lists.ts';
import { CONFIG } from '../config.ts';
import type { Handler } from '../methods/dispatch.ts';

/** Pages as modern clients get them, made once per page. */
const decorated = new WeakMap<Buffer, Buffer>();

/** The handler of a list: a page of what sessions get, with what a result of 2026-07-28 says besides. */
export function lister(kind: ListKind): Handler {
  return async (hub, call) => {
    const listed = await list(hub, call.caller, kind);
    const page = listed.page(call.params?.cursor as string | undefined);
    const known = decorated.get(page);
    if (known !== undefined) return { prepared: known };
    // A list that lacks a server must not be kept.
    const ttlMs = listed.missing.length > 0 ? 0 : CONFIG.listTtl;
    const head = `{"resultType":"complete","ttlMs":${ttlMs},"cacheScope":"private",`;
    const prepared = Buffer.concat([Buffer.from(head), page.subarray(1)]);
    decorated.set(page, prepared);
    return { prepared };
  };
}
