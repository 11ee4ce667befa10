import { notification } from '../../mcp/jsonrpc.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { settlesWhilePatient } from '../servers/patience.ts';
import type { Caller } from '../sessions/caller.ts';
import { smartPages } from '../smart/tools.ts';
import { reportCollisions } from './collisions.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';
import { type Merged, merge } from './merge.ts';
import { type Pages, pagesOf } from './page-json.ts';
import type { View } from './view.ts';

export interface Listed extends Merged {
  /** Servers that did not give their list. */
  missing: readonly string[];
  page: Pages;
}

interface Kept extends Listed {
  view: View;
  lists: readonly (readonly Item[] | undefined)[];
}

/** Merged lists stay with the view, or with the caller where a server has a process for each. */
const kept = new WeakMap<object, Map<ListKind, Kept>>();

/**
 * The merged list that a caller sees. With warm catalogs it asks nobody and costs one comparison per server.
 * Servers that do not answer while they are waited for are left out and named in `missing`.
 */
export async function list(hub: Hub, caller: Caller, kind: ListKind): Promise<Listed> {
  const view = hub.view(caller);
  const alone = caller.modern === undefined || caller.stateId !== undefined;
  const separate = alone && view.servers.some(({ hosted }) => hosted.host.own);
  const owner = separate ? caller : view;
  const lists = freshLists(hub, caller, view, kind) ?? (await fetchLists(hub, caller, view, kind));
  const byKind = kept.get(owner) ?? new Map<ListKind, Kept>();
  const known = byKind.get(kind);
  if (known?.view === view && sameLists(known.lists, lists)) return known;
  const listed = { ...assemble(hub, view, kind, lists), view, lists };
  kept.set(owner, byKind.set(kind, listed));
  return listed;
}

/**
 * A page of what a caller sees, in the form of its era, as JSON in UTF-8. A smart target shows its own tools, for which no server
 * need be waited for.
 * @throws NodeError MCPHUB_PARAMS_INVALID when the cursor is not one of this list
 * @throws ListError, ServerUnavailableError on the route of one server that does not give its list; others name it in the result
 */
export async function pageFor(hub: Hub, caller: Caller, kind: ListKind, cursor: unknown): Promise<Buffer> {
  const view = hub.view(caller);
  const [only] = view.servers;
  const { page, missing } =
    view.kind === 'smart' ? { page: smartPages[kind], missing: [] } : await list(hub, caller, kind);
  if (view.kind === 'server' && only !== undefined && missing.length > 0) {
    const failure = hub.catalog(caller, only.hosted).failure(kind);
    if (failure !== undefined) throw failure;
  }
  return page(cursor, caller.modern === undefined ? 'legacy' : 'modern');
}

function freshLists(hub: Hub, caller: Caller, view: View, kind: ListKind): (readonly Item[])[] | undefined {
  const lists: (readonly Item[])[] = [];
  for (const { hosted } of view.servers) {
    const items = hub.catalog(caller, hosted).fresh(kind);
    if (items === undefined) return undefined;
    lists.push(items);
  }
  return lists;
}

function fetchLists(hub: Hub, caller: Caller, view: View, kind: ListKind): Promise<(readonly Item[] | undefined)[]> {
  return Promise.all(view.servers.map(({ hosted }) => itemsOf(hub, caller, hosted, kind)));
}

/**
 * The list of one server while there is patience; else the last one that it gave, or undefined where it never did. Whoever was given
 * that is told when there is another one.
 */
export async function itemsOf(
  hub: Hub,
  caller: Caller,
  hosted: Hosted,
  kind: ListKind,
): Promise<readonly Item[] | undefined> {
  const catalog = hub.catalog(caller, hosted);
  const fetched = catalog.get(kind);
  try {
    if (await settlesWhilePatient(fetched, () => catalog.patience(kind, hub.timing.serverDeadline)))
      return await fetched;
    tellWhenThere(hub, caller, hosted, kind, fetched);
  } catch (error) {
    hub.log.debug({ server: hosted.name, list: kind, err: error }, 'List not available');
  }
  return catalog.peek(kind);
}

/** Lists that somebody is told of when they are there. */
const awaited = new WeakSet<Promise<readonly Item[]>>();

function tellWhenThere(hub: Hub, caller: Caller, hosted: Hosted, kind: ListKind, list: Promise<readonly Item[]>): void {
  if (awaited.has(list)) return;
  awaited.add(list);
  const catalog = hub.catalog(caller, hosted);
  const shown = catalog.peek(kind);
  list.then(
    (items) => {
      // A list that was asked for anew meanwhile is told of when that is there.
      if (items === shown || catalog.peek(kind) !== items) return;
      if (hub.hosts.variants(hosted.name).some((variant) => variant.catalog === catalog)) hub.announce(hosted, [kind]);
      else if (caller.modern === undefined) caller.notify(notification(LISTS[kind].changed));
      else hub.lanes.onNotification(hosted, caller, notification(LISTS[kind].changed));
    },
    () => undefined,
  );
}

function assemble(hub: Hub, view: View, kind: ListKind, lists: readonly (readonly Item[] | undefined)[]): Listed {
  const merged = merge(
    kind,
    view,
    lists.map((items) => items ?? []),
  );
  reportCollisions(hub, view, kind, merged.collisions);
  const missing = view.servers.flatMap(({ hosted }, position) => (lists[position] === undefined ? [hosted.name] : []));
  return { ...merged, missing, page: pagesOf(kind, merged.items, missing) };
}

function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((list, position) => list !== undefined && list === b[position]);
}
