import { setImmediate as nextTurn } from 'node:timers/promises';
import MiniSearch from 'minisearch';
import type { Item } from '../catalog/lists.ts';
import { CONFIG } from '../config.ts';

export interface FoundTool {
  name: string;
  description: string;
  /** Relevance; comparable within one search only. */
  score: number;
}

export interface ToolSearch {
  /** The tools that fit the first words of a query best, the best first; see `CONFIG.smartSearch.words`. */
  search(query: string, limit: number): Promise<FoundTool[]>;
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

/** Longer words are no misspelt ones, and looking for their neighbours takes long. */
const MAX_FUZZY = 32;

const built = new WeakMap<readonly Item[], ToolSearch>();

/**
 * A search over tools, by BM25 (Robertson and Zaragoza, 2009). The index is built at the first query, once per list. Others are
 * served meanwhile, and between two words of a query.
 */
export function createToolSearch(items: readonly Item[]): ToolSearch {
  const known = built.get(items);
  if (known !== undefined) return known;
  let index: Promise<MiniSearch<Document>> | undefined;
  const search: ToolSearch = {
    async search(query, limit) {
      index ??= indexOf(items);
      return (await ranked(await index, searchedWords(query))).slice(0, limit).flatMap(([id, score]) => {
        const item = items[id];
        return item === undefined ? [] : [{ name: textOf(item.name), description: textOf(item.description), score }];
      });
    },
  };
  built.set(items, search);
  return search;
}

/** The words of a query that are looked for: the first ones, each once. */
export function searchedWords(query: string): string[] {
  return [...new Set(wordsOfInterest(query))].slice(0, CONFIG.smartSearch.words);
}

/** Whether a query has more words than are looked for. */
export function hasMoreWords(query: string): boolean {
  return new Set(wordsOfInterest(query)).size > CONFIG.smartSearch.words;
}

/** Positions of tools and their scores, the best first. Each word adds to a score, and each further one that fits multiplies the sum. */
async function ranked(index: MiniSearch<Document>, terms: readonly string[]): Promise<[id: number, score: number][]> {
  const found = new Map<number, { sum: number; fitting: number }>();
  for (const term of terms) {
    for (const { id, score } of index.search(term, { tokenize: (whole) => [whole] })) {
      const { sum, fitting } = found.get(id) ?? { sum: 0, fitting: 0 };
      found.set(id, { sum: sum + score, fitting: fitting + 1 });
    }
    await nextTurn();
  }
  const scored = [...found].map(([id, { sum, fitting }]): [number, number] => [id, sum * fitting]);
  return scored.sort(([, one], [, other]) => other - one);
}

async function indexOf(items: readonly Item[]): Promise<MiniSearch<Document>> {
  const index = new MiniSearch<Document>({
    fields: ['name', 'title', 'description', 'parameters'],
    tokenize: words,
    processTerm: (term) => (STOP_WORDS.has(term) ? null : term),
    searchOptions: {
      boost: { name: 3, title: 2, parameters: 0.5 },
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 3 && term.length <= MAX_FUZZY ? 0.2 : false),
    },
  });
  await index.addAllAsync(items.map(documentOf));
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

function wordsOfInterest(text: string): string[] {
  return words(text).filter((word) => !STOP_WORDS.has(word));
}

/** Words in lower case; `getUserName` gives its parts and the whole. */
function words(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).flatMap((word) => {
    if (word === '') return [];
    const parts = word.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
    return (parts.length > 1 ? [...parts, word] : parts).map((part) => part.toLowerCase());
  });
}

/** As much of a text as is worth looking through. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, CONFIG.smartSearch.text) : '';
}
