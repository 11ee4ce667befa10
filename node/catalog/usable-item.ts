import { isObject } from '../../mcp/json.ts';
import { paramHeaders } from '../../mcp/param-headers.ts';
import { CONFIG } from '../config.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';

/** An item that clients can use, or why there is none. */
export type Usable = { item: Item } | { name: string; problem: string };

/** How much one item may be; sizes are bytes of JSON. */
export interface ItemLimits {
  itemBytes?: number;
  itemDepth?: number;
}

/** What takes its place when a field is gone may have such fields itself, but not for long. */
const MAX_ROUNDS = 4;

/**
 * What can be used of one item of a list: fields that are null are taken for left out, and what clients want is completed.
 * @param json the item as JSON
 */
export function usableItem(kind: ListKind, value: unknown, json: string, limits: ItemLimits): Usable {
  const { key } = LISTS[kind];
  const given = isObject(value) ? value : {};
  const own = given[key];
  const named = (problem: string) => ({
    name: (typeof own === 'string' ? own : json.slice(0, 40)).slice(0, 80),
    problem,
  });
  if (typeof own !== 'string') return named(`since they have no ${key}`);
  const problem = sizeProblem(key, own, Buffer.byteLength(json), limits) ?? depthProblem(given, limits);
  if (problem !== undefined) return named(problem);
  const item = defined(kind, given);
  if (typeof item === 'string') return named(item);
  const headers = kind === 'tools' ? paramHeaders(item.inputSchema) : [];
  return typeof headers === 'string' ? named(headers) : { item };
}

function sizeProblem(key: string, own: string, bytes: number, { itemBytes }: ItemLimits): string | undefined {
  const longest = key === 'name' ? CONFIG.maxNameLength : CONFIG.maxUriLength;
  if (own.length > longest) return `whose ${key} has ${own.length} characters, more than the ${longest} allowed`;
  if (itemBytes === undefined || bytes <= itemBytes) return undefined;
  return `which has ${bytes} bytes, more than the ${itemBytes} allowed`;
}

function depthProblem(item: Item, { itemDepth }: ItemLimits): string | undefined {
  if (itemDepth === undefined || !isDeeper(item, itemDepth)) return undefined;
  return `which is nested deeper than the ${itemDepth} levels allowed`;
}

/** @returns what is wrong where the item is not what clients take it for, however it is completed */
function defined(kind: ListKind, given: Item): Item | string {
  const { definition, completed } = LISTS[kind];
  let item = completed(given);
  for (let round = 1; ; round++) {
    const { error } = definition.safeParse(item);
    if (error === undefined) return item;
    const without = withoutNulls(
      item,
      error.issues.map(({ path }) => path),
    );
    const [issue] = error.issues;
    if (without === undefined || round === MAX_ROUNDS) return `${issue?.path.join('.')}: ${issue?.message}`;
    item = completed(without);
  }
}

/** @returns a copy without the nulls at these places; undefined where there is none */
function withoutNulls(item: Item, paths: readonly (readonly PropertyKey[])[]): Item | undefined {
  const nulls = paths.filter((path) => path.reduce<unknown>(childOf, item) === null);
  if (nulls.length === 0) return undefined;
  const places = new Set(nulls.map(placeOf));
  const around = new Set(nulls.flatMap((path) => path.map((_, length) => placeOf(path.slice(0, length)))));
  const copy = (value: unknown, path: PropertyKey[]): unknown => {
    if (!around.has(placeOf(path))) return value;
    const kept = Object.entries(value as object).flatMap(([key, child]): [string, unknown][] => {
      const at = [...path, key];
      return places.has(placeOf(at)) ? [] : [[key, copy(child, at)]];
    });
    return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
  };
  return copy(item, []) as Item;
}

function childOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('\n');
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeper(child, levels - 1));
}
