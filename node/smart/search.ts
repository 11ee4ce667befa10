import MiniSearch from 'minisearch';
import type { Item } from '../catalog/lists.ts';

export interface FoundTool {
  name: string;
  description: string;
  /** Relevance; comparable within one search only. */
  score: number;
}

export interface ToolSearch {
  /** The tools that fit a query best, the best first. */
  search(query: string, limit: number): FoundTool[];
}

interface Document {
  id: number;
  name: string;
  title: string;
  description: string;
  parameters: string;
}

/** Words of questions that say nothing of a tool. */
const STOP_WORDS = new Set(
  'a an and are as at by can do for from how i in is it me my of on or that the this to with you'.split(' '),
);

const built = new WeakMap<readonly Item[], ToolSearch>();

/** A search over tools, by BM25 (Robertson and Zaragoza, 2009). The index is built at the first query, once per list. */
export function createToolSearch(items: readonly Item[]): ToolSearch {
  const known = built.get(items);
  if (known !== undefined) return known;
  let index: MiniSearch<Document> | undefined;
  const search: ToolSearch = {
    search(query, limit) {
      index ??= indexOf(items);
      return index
        .search(query)
        .slice(0, limit)
        .flatMap(({ id, score }) => {
          const item = items[id];
          return item === undefined ? [] : [{ name: textOf(item.name), description: textOf(item.description), score }];
        });
    },
  };
  built.set(items, search);
  return search;
}

function indexOf(items: readonly Item[]): MiniSearch<Document> {
  const index = new MiniSearch<Document>({
    fields: ['name', 'title', 'description', 'parameters'],
    tokenize: words,
    processTerm: (term) => (STOP_WORDS.has(term) ? null : term),
    searchOptions: {
      boost: { name: 3, title: 2, parameters: 0.5 },
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 3 ? 0.2 : false),
    },
  });
  index.addAll(items.map(documentOf));
  return index;
}

function documentOf(item: Item, id: number): Document {
  const { title: annotated } = (item.annotations ?? {}) as { title?: unknown };
  return {
    id,
    name: textOf(item.name),
    title: `${textOf(item.title)} ${textOf(annotated)}`,
    description: textOf(item.description),
    parameters: parametersOf(item.inputSchema),
  };
}

/** Names and descriptions of a tool's own parameters. */
function parametersOf(schema: unknown): string {
  const { properties } = (schema ?? {}) as { properties?: unknown };
  if (typeof properties !== 'object' || properties === null) return '';
  return Object.entries(properties)
    .map(([name, property]) => `${name} ${textOf((property as { description?: unknown } | null)?.description)}`)
    .join(' ');
}

/** Words in lower case; `getUserName` gives its parts and the whole. */
function words(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).flatMap((word) => {
    if (word === '') return [];
    const parts = word.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
    return (parts.length > 1 ? [...parts, word] : parts).map((part) => part.toLowerCase());
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
