import type { Hub } from '../hub.ts';
import type { Session } from '../sessions/session.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';
import { type Merged, merge } from './merge.ts';
import type { View } from './view.ts';

export interface Listed extends Merged {
  /** Servers that did not give their list. */
  missing: readonly string[];
  /** The result as JSON in UTF-8. */
  json: Buffer;
}

interface Kept extends Listed {
  view: View;
  lists: readonly (readonly Item[] | undefined)[];
}

/** Merged lists stay with the view, or with the session where a server has a process for each. */
const kept = new WeakMap<object, Map<ListKind, Kept>>();

/**
 * The merged list that a session sees. With warm catalogs it asks nobody and costs one comparison per server.
 * Servers that do not answer within the deadline are left out and named in `missing`.
 */
export async function list(hub: Hub, session: Session, kind: ListKind): Promise<Listed> {
  const view = hub.view(session);
  const owner = view.servers.some(({ hosted }) => hosted.host.own) ? session : view;
  const lists = freshLists(hub, session, view, kind) ?? (await fetchLists(hub, session, view, kind));
  const byKind = kept.get(owner) ?? new Map<ListKind, Kept>();
  const known = byKind.get(kind);
  if (known?.view === view && sameLists(known.lists, lists)) return known;
  const listed = { ...assemble(hub, view, kind, lists), view, lists };
  kept.set(owner, byKind.set(kind, listed));
  return listed;
}

function freshLists(hub: Hub, session: Session, view: View, kind: ListKind): (readonly Item[])[] | undefined {
  const lists: (readonly Item[])[] = [];
  for (const { hosted } of view.servers) {
    const items = hub.catalog(session, hosted).fresh(kind);
    if (items === undefined) return undefined;
    lists.push(items);
  }
  return lists;
}

function fetchLists(hub: Hub, session: Session, view: View, kind: ListKind): Promise<(readonly Item[] | undefined)[]> {
  return Promise.all(
    view.servers.map(async ({ hosted }) => {
      const catalog = hub.catalog(session, hosted);
      try {
        return await within(hub.timing.serverDeadline, catalog.get(kind));
      } catch (error) {
        hub.log.debug({ server: hosted.name, list: kind, err: error }, 'List not available');
        return catalog.peek(kind);
      }
    }),
  );
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function assemble(hub: Hub, view: View, kind: ListKind, lists: readonly (readonly Item[] | undefined)[]): Listed {
  const merged = merge(
    kind,
    view,
    lists.map((items) => items ?? []),
  );
  for (const collision of merged.collisions) {
    hub.log.warn({ ...collision, list: kind, target: view.target }, 'Name refused: an earlier server has it');
  }
  const missing = view.servers.flatMap(({ hosted }, position) => (lists[position] === undefined ? [hosted.name] : []));
  const meta = missing.length === 0 ? {} : { _meta: { 'mcphub.io/partial': missing } };
  return { ...merged, missing, json: Buffer.from(JSON.stringify({ [LISTS[kind].field]: merged.items, ...meta })) };
}

function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((list, position) => list !== undefined && list === b[position]);
}
