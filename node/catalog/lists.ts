import type { Outcome } from '../servers/connection.ts';

/** The four lists that a server can have (specification: server/tools, server/prompts, server/resources). */
export type ListKind = 'tools' | 'prompts' | 'resources' | 'templates';

export type Item = Record<string, unknown>;

interface ListFacts {
  method: string;
  /** Field of the result that holds the items. */
  field: string;
  /** Field of an item that tells it from the others. */
  key: string;
  /** The server's capability without which the list is empty. */
  capability: string;
  changed: string;
}

export const LISTS: Readonly<Record<ListKind, ListFacts>> = {
  tools: {
    method: 'tools/list',
    field: 'tools',
    key: 'name',
    capability: 'tools',
    changed: 'notifications/tools/list_changed',
  },
  prompts: {
    method: 'prompts/list',
    field: 'prompts',
    key: 'name',
    capability: 'prompts',
    changed: 'notifications/prompts/list_changed',
  },
  resources: {
    method: 'resources/list',
    field: 'resources',
    key: 'uri',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
  templates: {
    method: 'resources/templates/list',
    field: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
};

/** Which lists a `list_changed` notification speaks of; empty for any other method. */
export function changedLists(method: string): ListKind[] {
  return (Object.keys(LISTS) as ListKind[]).filter((kind) => LISTS[kind].changed === method);
}

/** The one request that a list needs of a connection. */
export interface ListSource {
  request(method: string, params: Record<string, unknown> | undefined): Promise<Outcome>;
}

/**
 * Reads a list to its end. A cursor that repeats, or a list beyond the limits, ends it with what was read.
 * @returns the items, or the error outcome of the page that failed
 */
export async function readList(
  source: ListSource,
  kind: ListKind,
  limits: { items: number; pages: number },
): Promise<{ items: Item[]; cut: boolean } | Extract<Outcome, { error: unknown }>> {
  const { method, field, key } = LISTS[kind];
  const items: Item[] = [];
  const seen = new Set<unknown>();
  let cursor: unknown;
  do {
    seen.add(cursor);
    const outcome = await source.request(method, cursor === undefined ? undefined : { cursor });
    if ('error' in outcome) return outcome;
    const page = outcome.result[field];
    if (Array.isArray(page)) items.push(...page.filter((item) => isItem(item, key)));
    cursor = outcome.result.nextCursor || undefined;
  } while (cursor !== undefined && !seen.has(cursor) && seen.size < limits.pages && items.length < limits.items);
  return { items: items.slice(0, limits.items), cut: cursor !== undefined };
}

function isItem(item: unknown, key: string): item is Item {
  return typeof item === 'object' && item !== null && typeof (item as Item)[key] === 'string';
}
