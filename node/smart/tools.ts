import type { Item, ListKind } from '../catalog/lists.ts';
import { type Pages, pagesOf } from '../catalog/page-json.ts';
import { CONFIG } from '../config.ts';

const { limit, maxLimit } = CONFIG.smartSearch;

const NAME = { type: 'string', minLength: 1, description: 'Name of a tool exactly as search_tools gave it.' };

/** What a smart target lists in place of the tools that can be found behind it (specification: server/tools). */
export const SMART_TOOLS: readonly Item[] = [
  {
    name: 'search_tools',
    title: 'Search tools',
    description:
      'Finds tools for a task. Only three tools are listed here; many more can be found with this one and called with ' +
      'call_tool. Use it first whenever a task needs something that the listed tools do not do: files, web, databases, ' +
      'messages, services. Describe the action and its object in a few keywords, such as "create github issue". If ' +
      'nothing fits, try again with other words.',
    inputSchema: {
      type: 'object',
      properties: {
        query: {
          type: 'string',
          minLength: 1,
          description: 'Keywords for what the tool should do, such as "send email" or "read csv file".',
        },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: maxLimit,
          default: limit,
          description: 'How many tools to return at most.',
        },
      },
      required: ['query'],
      additionalProperties: false,
    },
    annotations: { title: 'Search tools', readOnlyHint: true, openWorldHint: false },
  },
  {
    name: 'describe_tool',
    title: 'Describe a tool',
    description:
      'Gives the full definition of a tool that search_tools found: its description and, in inputSchema, the arguments ' +
      'that it takes. Use it before the first call_tool of a tool, so that the arguments are right.',
    inputSchema: { type: 'object', properties: { name: NAME }, required: ['name'], additionalProperties: false },
    annotations: { title: 'Describe a tool', readOnlyHint: true, openWorldHint: false },
  },
  {
    name: 'call_tool',
    title: 'Call a tool',
    description:
      'Calls a tool that search_tools found and returns its result unchanged. The arguments must follow the inputSchema ' +
      'that describe_tool gives for it.',
    inputSchema: {
      type: 'object',
      properties: {
        name: NAME,
        arguments: {
          type: 'object',
          description: 'Arguments of the tool, as its inputSchema has them; leave out when it takes none.',
          additionalProperties: true,
        },
      },
      required: ['name'],
      additionalProperties: false,
    },
    annotations: { title: 'Call a tool', openWorldHint: true },
  },
];

/** What a smart target lists: its three tools, and nothing of another kind. */
export const smartPages: Readonly<Record<ListKind, Pages>> = {
  tools: pagesOf('tools', SMART_TOOLS, []),
  prompts: pagesOf('prompts', [], []),
  resources: pagesOf('resources', [], []),
  templates: pagesOf('templates', [], []),
};
