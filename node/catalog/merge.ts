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
 * One list out of those of the view's servers: filtered by settings and group, named, without collisions.
 * @param lists in the order of `view.servers`
 */
export function merge(kind: ListKind, view: View, lists: readonly (readonly Item[])[]): Merged {
  const items: Item[] = [];
  const index = new Map<string, Place>();
  const collisions: { name: string; server: string }[] = [];
  const { key } = LISTS[kind];
  view.servers.forEach((server, position) => {
    for (const item of lists[position] ?? []) {
      const name = item[key] as string;
      if (!isAllowed(kind, server, name, view.separator)) continue;
      const exposed = exposedAs(kind, view, server, name);
      if (index.has(exposed)) {
        collisions.push({ name: exposed, server: server.hosted.name });
        continue;
      }
      index.set(exposed, { server, name });
      items.push(adjusted(kind, view, server, item, exposed));
    }
  });
  return { items, index, collisions };
}

/** Whether settings and group let a client see and use the item with this bare name or URI. */
export function isAllowed(kind: ListKind, server: ViewServer, name: string, separator: string): boolean {
  if (override(kind, server, name, separator)?.enabled === false) return false;
  if (kind !== 'tools' || server.tools === undefined) return true;
  return server.tools.has(name) || server.tools.has(`${server.hosted.name}${separator}${name}`);
}

/** The bare name that an exposed name would have at a server, judged by its prefix alone. */
export function bareName(view: View, server: ViewServer, exposed: string): string | undefined {
  const stripped = withoutPrefix(server.hosted.name, view.separator, exposed);
  return view.kind === 'server' ? (stripped ?? exposed) : stripped;
}

function exposedAs(kind: ListKind, view: View, server: ViewServer, name: string): string {
  if (view.kind === 'server' || kind === 'resources' || kind === 'templates') return name;
  return exposedName(server.hosted.name, view.separator, name);
}

function adjusted(kind: ListKind, view: View, server: ViewServer, item: Item, exposed: string): Item {
  const description = override(kind, server, item[LISTS[kind].key] as string, view.separator)?.description;
  const named = (kind === 'tools' || kind === 'prompts') && exposed !== item.name;
  if (!named && description === undefined) return item;
  return { ...item, ...(named ? { name: exposed } : {}), ...(description === undefined ? {} : { description }) };
}

/** MCPHub's user interface writes overrides under the prefixed name, people write the bare one. */
function override(kind: ListKind, { hosted: { name: server, config } }: ViewServer, name: string, separator: string) {
  const overrides = {
    tools: config.tools,
    prompts: config.prompts,
    resources: config.resources,
    templates: config.resources,
  }[kind];
  return overrides?.[name] ?? overrides?.[`${server}${separator}${name}`];
}
