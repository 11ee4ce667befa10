import { z } from 'zod';
import { isObject } from '../../mcp/json.ts';
import { plainNumber } from '../../mcp/numbers.ts';

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
  /** With what clients want and a server left out. */
  completed(item: Item): Item;
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
    completed: withObjectSchema,
  },
  prompts: {
    method: 'prompts/list',
    field: 'prompts',
    key: 'name',
    capability: 'prompts',
    changed: 'notifications/prompts/list_changed',
    definition: prompt,
    completed: (item) => item,
  },
  resources: {
    method: 'resources/list',
    field: 'resources',
    key: 'uri',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
    definition: resource,
    completed: (item) => (item.name === undefined ? { ...item, name: item.uri } : item),
  },
  templates: {
    method: 'resources/templates/list',
    field: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
    definition: resource,
    completed: (item) => (item.name === undefined ? { ...item, name: item.uriTemplate } : item),
  },
};

/** Which lists a `list_changed` notification speaks of; empty for any other method. */
export function changedLists(method: string): ListKind[] {
  return (Object.keys(LISTS) as ListKind[]).filter((kind) => LISTS[kind].changed === method);
}

/** A tool without parameters may say nothing, or nothing of their kind. */
function withObjectSchema(item: Item): Item {
  const { inputSchema: schema = {} } = item;
  if (!isObject(schema) || schema.type !== undefined) return item;
  return { ...item, inputSchema: { type: 'object', ...schema } };
}
