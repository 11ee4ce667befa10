import { z } from 'zod';
import { isObject } from '../mcp/json.ts';
import { BOUNDS } from './bounds.ts';
import { readableItems } from './readable.ts';

const name = z.string().min(1).max(BOUNDS.name);
/** Names and URIs in what a group says of its servers. */
const itemName = z.string().max(BOUNDS.name);

/** An override that cannot be read hides its item: it may have been meant to. */
const itemOverride = z
  .looseObject({
    enabled: z.boolean().optional(),
    name: z.string().min(1).max(64).optional(),
    description: z.string().max(BOUNDS.description).optional(),
  })
  .catch({ enabled: false });

/** What a group shows of a server: a list is all of it, a map overrides. One that cannot be read shows nothing. */
const itemSelection = z
  .union([
    z.array(itemName).max(BOUNDS.items),
    z.record(itemName, itemOverride).refine((overrides) => Object.keys(overrides).length <= BOUNDS.items),
  ])
  .optional()
  .catch([]);

/** A group without one of its two names is called by the other; what it has that cannot be read, it does not show. */
function named(group: unknown): unknown {
  if (!isObject(group)) return group;
  const id = name.safeParse(group.id).data;
  const called = name.safeParse(group.name).data;
  return { ...group, id: id ?? called, name: called ?? id };
}

const server = z.looseObject({
  name,
  alias: z.string().min(1).max(64).optional().catch(undefined),
  tools: itemSelection,
  prompts: itemSelection,
  resources: itemSelection,
});

/** A group as coordinator and nodes tell each other; an absent field means all that the server's settings show. */
export const groupReport = z.preprocess(
  named,
  z.looseObject({ id: name, name, servers: readableItems(server, BOUNDS.items).catch([]) }),
);
export type GroupReport = z.infer<typeof groupReport>;

/** The groups of a member. */
export const groupReports = readableItems(groupReport, BOUNDS.groups);
