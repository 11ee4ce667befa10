import { isObject } from '../../mcp/json.ts';
import type { Item } from '../catalog/lists.ts';

/**
 * Structured results of 2026-07-28 may be anything; those of older revisions are objects, and their clients refuse a whole list over
 * one tool that says otherwise. There such a result becomes the field `result` of an object (server/tools, "Output Schema").
 */

/** A tool as clients of older revisions can read it. */
export function legacyTool(tool: Item): Item {
  const { outputSchema } = tool;
  if (!isWrapped(outputSchema)) return tool;
  // What is referred to from the root stays at the root.
  const { $schema, $defs, definitions, ...result } = outputSchema;
  const shared = Object.entries({ $schema, $defs, definitions }).filter(([, value]) => value !== undefined);
  const schema = { type: 'object', ...Object.fromEntries(shared), properties: { result }, required: ['result'] };
  return { ...tool, outputSchema: schema };
}

/** The result of a tool with this schema, as clients of older revisions can read it. */
export function legacyStructured(result: Record<string, unknown>, outputSchema: unknown): Record<string, unknown> {
  const { structuredContent } = result;
  if (structuredContent === undefined || (isObject(structuredContent) && !isWrapped(outputSchema))) return result;
  return { ...result, structuredContent: { result: structuredContent } };
}

function isWrapped(outputSchema: unknown): outputSchema is Record<string, unknown> {
  return isObject(outputSchema) && outputSchema.type !== 'object';
}
