import { z } from 'zod';
import { isObject } from '../../mcp/json.ts';
import { idKey, isId, type RequestId } from '../../mcp/jsonrpc.ts';
import { plainNumber } from '../../mcp/numbers.ts';
import { paramHeaders } from '../../mcp/param-headers.ts';
import { CONFIG } from '../config.ts';
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
  /** What clients take an item for; they refuse a whole list over one item that is no such thing. */
  definition: z.ZodType;
  /** Fields that clients want, and what they are where a server leaves them out. */
  defaults(item: Item): Item;
}

const text = z.string().optional();
const flag = z.boolean().optional();
/** However it is written. */
const number = (schema: z.ZodNumber = z.number()) => z.preprocess(plainNumber, schema.optional());
const any = z.looseObject({}).optional();
const common = {
  title: text,
  description: text,
  icons: z.array(z.looseObject({ src: z.string(), mimeType: text, sizes: z.array(z.string()).optional() })).optional(),
  _meta: any,
};
const inputSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.looseObject({})).optional(),
  required: z.array(z.string()).optional(),
});
const hints = { readOnlyHint: flag, destructiveHint: flag, idempotentHint: flag, openWorldHint: flag };
const tool = z.looseObject({
  ...common,
  inputSchema,
  outputSchema: any,
  annotations: z.looseObject({ title: text, ...hints }).optional(),
  execution: z.looseObject({ taskSupport: z.enum(['required', 'optional', 'forbidden']).optional() }).optional(),
});
const prompt = z.looseObject({
  ...common,
  arguments: z.array(z.looseObject({ name: z.string(), description: text, required: flag })).optional(),
});
const audience = z.array(z.enum(['user', 'assistant'])).optional();
const annotations = z.looseObject({ audience, priority: number(z.number().min(0).max(1)), lastModified: text });
const resource = z.looseObject({
  ...common,
  name: z.string(),
  mimeType: text,
  size: number(),
  annotations: annotations.optional(),
});

export const LISTS: Readonly<Record<ListKind, ListFacts>> = {
  tools: {
    method: 'tools/list',
    field: 'tools',
    key: 'name',
    capability: 'tools',
    changed: 'notifications/tools/list_changed',
    definition: tool,
    defaults: () => ({ inputSchema: { type: 'object' } }),
  },
  prompts: {
    method: 'prompts/list',
    field: 'prompts',
    key: 'name',
    capability: 'prompts',
    changed: 'notifications/prompts/list_changed',
    definition: prompt,
    defaults: () => ({}),
  },
  resources: {
    method: 'resources/list',
    field: 'resources',
    key: 'uri',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
    definition: resource,
    defaults: ({ uri }) => ({ name: uri }),
  },
  templates: {
    method: 'resources/templates/list',
    field: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
    definition: resource,
    defaults: ({ uriTemplate }) => ({ name: uriTemplate }),
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

/** How much of a list is read; sizes are bytes of JSON. */
export interface ListLimits {
  items: number;
  pages: number;
  /** Of all items together. */
  bytes?: number;
  itemBytes?: number;
  itemDepth?: number;
}

export interface ReadList {
  items: Item[];
  /** There was more than the limits allow, or cursors that lead nowhere. */
  cut: boolean;
  /** Milliseconds for which the server lets the list be kept; undefined when it does not say. */
  ttlMs: number | undefined;
  /** How many items were left out because nothing can be made of them, and what was wrong with the first. */
  refused: { count: number; problems: string[] };
}

/** A server remembers in its cursor where it is; nothing needs more for that. */
const MAX_CURSOR = 16 * 1024;
const MAX_PROBLEMS = 5;

/**
 * Reads a list to its end. A cursor that repeats, or a list beyond the limits, ends it with what was read.
 * @returns the items, or the error outcome of the page that failed
 */
export async function readList(
  source: ListSource,
  kind: ListKind,
  limits: ListLimits,
): Promise<ReadList | Extract<Outcome, { error: unknown }>> {
  const { method, field } = LISTS[kind];
  const list: ReadList = { items: [], cut: false, ttlMs: undefined, refused: { count: 0, problems: [] } };
  const reading = { list, kind, limits, bytes: 0 };
  const seen = new Set<unknown>();
  let cursor: unknown;
  do {
    seen.add(isId(cursor) ? idKey(cursor) : cursor);
    const outcome = await source.request(method, cursor === undefined ? undefined : { cursor });
    if ('error' in outcome) return outcome;
    const { [field]: page } = outcome.result;
    const ttlMs = plainNumber(outcome.result.ttlMs);
    if (typeof ttlMs === 'number') list.ttlMs = Math.min(ttlMs, list.ttlMs ?? ttlMs);
    const whole = takePage(reading, Array.isArray(page) ? page : []);
    cursor = outcome.result.nextCursor || undefined;
    list.cut = !whole || cursor !== undefined;
  } while (isCursor(cursor) && !seen.has(idKey(cursor)) && seen.size < limits.pages && !isFull(reading));
  return list;
}

interface Reading {
  readonly list: ReadList;
  readonly kind: ListKind;
  readonly limits: ListLimits;
  /** Of all items so far, taken or not. */
  bytes: number;
}

function isFull({ list, limits, bytes }: Reading): boolean {
  return list.items.length >= limits.items || bytes >= (limits.bytes ?? Number.POSITIVE_INFINITY);
}

/** @returns whether all of the page was read */
function takePage(reading: Reading, page: readonly unknown[]): boolean {
  for (const item of page) {
    if (isFull(reading)) return false;
    take(reading, item);
  }
  return true;
}

function isCursor(cursor: unknown): cursor is RequestId {
  return typeof cursor === 'string' ? cursor.length <= MAX_CURSOR : isId(cursor);
}

function take(reading: Reading, value: unknown): void {
  const { kind, limits } = reading;
  const { items, refused } = reading.list;
  const { key, method } = LISTS[kind];
  const json = JSON.stringify(value);
  const bytes = Buffer.byteLength(json);
  reading.bytes += bytes;
  const item = isObject(value) ? completed(kind, value) : {};
  const problem = problemOf(kind, item, bytes, limits);
  if (problem === undefined) return void items.push(item);
  refused.count++;
  const name = typeof item[key] === 'string' ? item[key] : json.slice(0, 40);
  if (refused.problems.length < MAX_PROBLEMS) refused.problems.push(`'${name.slice(0, 80)}' of ${method} ${problem}`);
}

function completed(kind: ListKind, item: Item): Item {
  const absent = Object.entries(LISTS[kind].defaults(item)).filter(([field]) => item[field] === undefined);
  return absent.length === 0 ? item : { ...item, ...Object.fromEntries(absent) };
}

/** @returns why an item is not shown, as the end of a sentence that begins with its name */
function problemOf(kind: ListKind, item: Item, bytes: number, limits: ListLimits): string | undefined {
  const { itemBytes = Number.POSITIVE_INFINITY, itemDepth = Number.POSITIVE_INFINITY } = limits;
  const { key, definition } = LISTS[kind];
  const own = item[key];
  if (typeof own !== 'string') return `is left out: it has no ${key}`;
  const longest = key === 'name' ? CONFIG.maxNameLength : CONFIG.maxUriLength;
  if (own.length > longest)
    return `is left out: its ${key} has ${own.length} characters, more than the ${longest} allowed`;
  if (bytes > itemBytes) return `is left out: it has ${bytes} bytes, more than the ${itemBytes} allowed`;
  if (isDeeper(item, itemDepth)) return `is left out: it is nested deeper than the ${itemDepth} levels allowed`;
  const { error } = definition.safeParse(item);
  const [issue] = error?.issues ?? [];
  if (issue !== undefined) return `is left out: ${issue.path.join('.')}: ${issue.message}`;
  const headers = kind === 'tools' ? paramHeaders(item.inputSchema) : [];
  return typeof headers === 'string' ? `is left out: ${headers}` : undefined;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeper(child, levels - 1));
}
