import { type Item, LISTS, type ListKind } from './lists.ts';
import type { ItemRule } from './policy.ts';
import type { View, ViewServer } from './view.ts';

/** Where an exposed name leads. */
export interface Place {
  server: ViewServer;
  /** The name or URI by which the server itself knows it. */
  name: string;
}

/** A name that another server, or another item of the server, has. */
export interface Collision {
  /** As it would be shown. */
  name: string;
  server: ViewServer;
  /** Who has it. */
  winner: ViewServer;
  /** The name that the item is shown by in its place; absent when it is left out. */
  shown?: string;
}

export interface Merged {
  items: readonly Item[];
  index: ReadonlyMap<string, Place>;
  collisions: readonly Collision[];
}

interface Claim {
  item: Item;
  place: Place;
  rule: ItemRule;
  shown: string;
}

/**
 * One list out of those of the view's servers: filtered by settings and group, named, without collisions.
 * @param lists in the order of `view.servers`
 */
export function merge(kind: ListKind, view: View, lists: readonly (readonly Item[])[]): Merged {
  const claims = view.servers.flatMap((server, position) => claimsOf(kind, view, server, lists[position] ?? []));
  const winners = new Map<string, Claim>();
  for (const claim of claims) {
    const known = winners.get(claim.shown);
    if (known === undefined || outranks(kind, claim, known)) winners.set(claim.shown, claim);
  }
  const items: Item[] = [];
  const index = new Map<string, Place>();
  const collisions: Collision[] = [];
  for (const claim of claims) {
    const { place, shown } = claim;
    const winner = winners.get(shown) ?? claim;
    if (winner !== claim) {
      collisions.push({ name: shown, server: place.server, winner: winner.place.server });
      continue;
    }
    index.set(shown, place);
    items.push(adjusted(kind, view, claim));
    const shadowed = shadowedBy(kind, view, claim);
    if (shadowed !== undefined) collisions.push(shadowed);
  }
  return { items, index, collisions };
}

/** Whether settings and group let a client see and use the item that the server knows by this name or URI. */
export function isAllowed(kind: ListKind, server: ViewServer, own: string): boolean {
  return server.policy[kind].rule(own).enabled;
}

/** Whether names of the first server win over equal ones of the second, wherever the two stand in the settings. */
export function isBefore(a: ViewServer, b: ViewServer): boolean {
  const [one, other] = [a.hosted.name, b.hosted.name];
  const longer = a.prefix.length - b.prefix.length || one.length - other.length;
  return longer === 0 ? one < other : longer > 0;
}

function claimsOf(kind: ListKind, view: View, server: ViewServer, items: readonly Item[]): Claim[] {
  const { key } = LISTS[kind];
  return items.flatMap((item) => {
    const own = item[key] as string;
    const rule = server.policy[kind].rule(own);
    if (!rule.enabled) return [];
    return { item, place: { server, name: own }, rule, shown: shownAs(kind, view, server, rule.name) };
  });
}

/** Of one server's items a name belongs to the one that the settings give it. */
function outranks(kind: ListKind, { place, rule }: Claim, known: Claim): boolean {
  if (place.server === known.place.server) return rule.name !== place.name && known.rule.name === known.place.name;
  return isNamed(kind) && isBefore(place.server, known.place.server);
}

/** Tools and prompts get names; resources and templates keep their URIs. */
function isNamed(kind: ListKind): boolean {
  return kind === 'tools' || kind === 'prompts';
}

function shownAs(kind: ListKind, view: View, server: ViewServer, bare: string): string {
  return view.kind === 'server' || !isNamed(kind) ? bare : view.names.shown(server.prefix, bare);
}

/** Where an item gave way to a server whose names begin as the item's plain name does. */
function shadowedBy(kind: ListKind, view: View, { place: { server }, rule, shown }: Claim): Collision | undefined {
  if (view.kind === 'server' || !isNamed(kind)) return undefined;
  const name = view.names.plain(server.prefix, rule.name);
  const owner = shown === name ? server.prefix : view.names.ownerOf(name);
  const winner = owner === server.prefix ? undefined : view.servers.find(({ prefix }) => prefix === owner);
  return winner && { name, server, winner, shown };
}

/** An item as clients see it. What is shown by a derived name keeps the real one in its title, which is for people. */
function adjusted(kind: ListKind, view: View, { item, place: { server }, rule, shown }: Claim): Item {
  const { key } = LISTS[kind];
  const { description } = rule;
  if (shown === item[key] && description === undefined) return item;
  const plain = view.names.plain(server.prefix, rule.name);
  const isDerived = view.kind !== 'server' && isNamed(kind) && shown !== plain;
  return {
    ...item,
    [key]: shown,
    ...(description === undefined ? {} : { description }),
    ...(isDerived ? { title: titleOf(item, plain) } : {}),
  };
}

function titleOf({ title, annotations }: Item, name: string): string {
  const given = title ?? (annotations as { title?: string } | undefined)?.title;
  return given === undefined ? name : `${given} (${name})`;
}
