import { INVALID_PARAMS } from '../../mcp/errors.ts';
import { isObject } from '../../mcp/json.ts';
import { plainNumber } from '../../mcp/numbers.ts';
import { type Listed, list } from '../catalog/listing.ts';
import type { Item } from '../catalog/lists.ts';
import type { View } from '../catalog/view.ts';
import { CONFIG } from '../config.ts';
import type { Hub } from '../hub.ts';
import { nameIn } from '../methods/identifiers.ts';
import { NodeError } from '../node-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';
import { createToolSearch, type FoundTool, hasMoreWords } from './search.ts';

/** Calls a tool of the view by its exposed name, as `tools/call` does elsewhere. */
export type CallTool = (hub: Hub, call: Call, params: Record<string, unknown>) => Promise<Outcome>;

type Args = Readonly<Record<string, unknown>>;

/**
 * Serves `tools/call` of a smart target. Wrong arguments give a result with `isError`, so that the model reads what
 * would be right (specification: server/tools, "Error Handling").
 * @param callTool serves `call_tool`
 * @throws NodeError MCPHUB_PARAMS_INVALID, MCPHUB_NAME_UNKNOWN
 */
export async function callSmart(hub: Hub, call: Call, callTool: CallTool): Promise<Outcome> {
  const { method, params } = call;
  const args = params?.arguments ?? {};
  const smart = nameIn(method, params?.name);
  if (!isObject(args)) throw new NodeError('MCPHUB_PARAMS_INVALID', { method, reason: 'arguments must be an object' });
  switch (smart) {
    case 'search_tools':
      return search(hub, call, args);
    case 'describe_tool':
      return describe(hub, call, args);
    case 'call_tool':
      return callFound(hub, call, args, callTool);
    default: {
      const hint = 'tools here are search_tools, describe_tool and call_tool, which calls all others';
      throw new NodeError('MCPHUB_NAME_UNKNOWN', { kind: 'tool', name: smart, hint });
    }
  }
}

async function search(hub: Hub, call: Call, { query, limit: asked }: Args): Promise<Outcome> {
  const limit = plainNumber(asked ?? CONFIG.smartSearch.limit);
  const { maxLimit, query: maxLength, words } = CONFIG.smartSearch;
  if (typeof query !== 'string' || query.trim() === '') {
    return wrong('query must be a text with keywords, such as { "query": "create issue" }.');
  }
  if (query.length > maxLength) {
    return wrong(`query has ${query.length} characters, more than the ${maxLength} allowed; a few keywords find more.`);
  }
  if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > maxLimit) {
    return wrong(`limit must be a whole number from 1 to ${maxLimit}, or be left out.`);
  }
  const { items, missing } = await list(hub, call.caller, 'tools');
  const found = await createToolSearch(items).search(query, Number(limit));
  const tools = found.map(({ name, description, score }) => ({ name, description: shortened(description), score }));
  const lines = tools.map(({ name, description }) => (description === '' ? name : `${name}: ${description}`));
  if (lines.length === 0) lines.push(`None of ${items.length} tools fits; try other or fewer words.`);
  if (hasMoreWords(query)) lines.push(`Only the first ${words} words were looked for.`);
  if (missing.length > 0) lines.push(`Not searched, since they do not answer now: ${missing.join(', ')}`);
  return {
    result: {
      content: [{ type: 'text', text: lines.join('\n') }],
      structuredContent: { tools },
      ...(missing.length > 0 ? { _meta: { 'mcphub.io/partial': missing } } : {}),
    },
  };
}

async function describe(hub: Hub, call: Call, { name }: Args): Promise<Outcome> {
  if (typeof name !== 'string' || name.length > CONFIG.maxNameLength) return wrong(NAME_RULE);
  const listed = await list(hub, call.caller, 'tools');
  const item = itemOf(hub.view(call.caller), listed, name);
  if (item === undefined) return unknown(listed, name);
  return { result: { content: [{ type: 'text', text: JSON.stringify(item) }], structuredContent: item } };
}

/** Tools are found by the names that are shown, and by the plain ones that some of these stand for. */
function itemOf({ names }: View, { items }: Listed, name: string): Item | undefined {
  const prefix = names.ownerOf(name);
  const bare = prefix === undefined ? undefined : name.slice(names.plain(prefix, '').length);
  const shown = prefix === undefined || bare === undefined ? name : names.shown(prefix, bare);
  return items.find((tool) => tool.name === name) ?? items.find((tool) => tool.name === shown);
}

async function callFound(hub: Hub, call: Call, args: Args, callTool: CallTool): Promise<Outcome> {
  const { name } = args;
  if (typeof name !== 'string' || name.length > CONFIG.maxNameLength) return wrong(NAME_RULE);
  if (args.arguments !== undefined && !isObject(args.arguments)) {
    return wrong('arguments must be an object that follows the inputSchema which describe_tool gives for the tool.');
  }
  try {
    const outcome = await callTool(hub, call, paramsFor(name, args.arguments, call.params));
    if (!('error' in outcome) || outcome.error.code !== INVALID_PARAMS) return outcome;
    const listed = await list(hub, call.caller, 'tools');
    return itemOf(hub.view(call.caller), listed, name) === undefined ? unknown(listed, name) : outcome;
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    if (error.code === 'MCPHUB_DISABLED') return wrong(`${error.message}; it cannot be called here.`);
    if (error.code === 'MCPHUB_NAME_UNKNOWN') return unknown(await list(hub, call.caller, 'tools'), name);
    throw error;
  }
}

/**
 * The parameters of `tools/call` that a `call_tool` stands for. All else that came with it is theirs: the progress token,
 * and what a client of 2026-07-28 answers to a question of the tool.
 */
export function paramsFor(
  name: string,
  args: Args | undefined,
  outer: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const { name: _name, arguments: _arguments, ...rest } = outer ?? {};
  return { ...rest, name, ...(args === undefined ? {} : { arguments: args }) };
}

const NAME_RULE =
  'name must be the name of a tool exactly as search_tools gave it, such as { "name": "github-create_issue" }.';

function wrong(sentence: string): Outcome {
  return { result: { content: [{ type: 'text', text: sentence }], isError: true } };
}

async function unknown({ items }: Listed, name: string): Promise<Outcome> {
  const near: FoundTool[] = await createToolSearch(items).search(name.slice(0, CONFIG.smartSearch.query), 3);
  const right =
    near.length === 0
      ? 'find names with search_tools'
      : `the nearest names are ${near.map((tool) => tool.name).join(', ')}`;
  return wrong(`There is no tool named ${JSON.stringify(name.slice(0, 200))}; ${right}.`);
}

function shortened(description: string): string {
  const line = description.replace(/\s+/g, ' ').trim();
  const limit = CONFIG.smartSearch.description;
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}
