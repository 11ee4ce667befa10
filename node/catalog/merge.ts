import { type Item, LISTS, type ListKind } from './lists.ts';
import { exposedName, withoutPrefix } from './names.ts';
import type { View, ViewServer } from './view.ts';

/** Where an exposed name leads. */
export interface Place {
  server: ViewServer;
  /** The name or URI by which the server itself knows it. */
  name: string;
}

export interface Merged {
  items: readonly Item[];
  index: ReadonlyMap<string, Place>;
  /** Exposed names that more than one server claims: the first in the order of the settings has them. */
  collisions: readonly { name: string; server: string }[];
}

/**
 * One list out of those of the view's servers: filtered by settings and group, named, without collisions. Of two
 * items of one server a new name belongs to the one that the settings give it.
 * @param lists in the order of `view.servers`
 */
export function merge(kind: ListKind, view: View, lists: readonly (readonly Item[])[]): Merged {
  const items: Item[] = [];
  const index = new Map<string, Place>();
  const collisions: { name: string; server: string }[] = [];
  const { key } = LISTS[kind];
  view.servers.forEach((server, position) => {
    const allowed = (lists[position] ?? []).flatMap((item) => {
      const own = item[key] as string;
      const rule = server.policy[kind].rule(own);
      return rule.enabled ? [{ item, own, rule }] : [];
    });
    const given = new Set(allowed.flatMap(({ own, rule }) => (rule.name === own ? [] : rule.name)));
    for (const { item, own, rule } of allowed) {
      const exposed = exposedAs(kind, view, server, rule.name);
      if (index.has(exposed) || (rule.name === own && given.has(own))) {
        collisions.push({ name: exposed, server: server.hosted.name });
        continue;
      }
      index.set(exposed, { server, name: own });
      items.push(adjusted(item, key, exposed, rule.description));
    }
  });
  return { items, index, collisions };
}

/** Whether settings and group let a client see and use the item that the server knows by this name or URI. */
export function isAllowed(kind: ListKind, server: ViewServer, own: string): boolean {
  return server.policy[kind].rule(own).enabled;
}

/** The bare name that an exposed name would have at a server, judged by its prefix alone. */
export function bareName(view: View, server: ViewServer, exposed: string): string | undefined {
  const stripped = withoutPrefix(server.prefix, view.separator, exposed);
  return view.kind === 'server' ? (stripped ?? exposed) : stripped;
}

function exposedAs(kind: ListKind, view: View, server: ViewServer, bare: string): string {
  if (view.kind === 'server' || kind === 'resources' || kind === 'templates') return bare;
  return exposedName(server.prefix, view.separator, bare);
}

function adjusted(item: Item, key: string, exposed: string, description: string | undefined): Item {
  if (exposed === item[key] && description === undefined) return item;
  return { ...item, [key]: exposed, ...(description === undefined ? {} : { description }) };
}
