import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { METHOD_NOT_FOUND } from '../../mcp/errors.ts';
import { CONFIG } from '../config.ts';
import type { Connection } from '../servers/connection.ts';
import { Patience } from '../servers/patience.ts';
import { ListError } from './list-error.ts';
import { type Item, LISTS, type ListKind } from './lists.ts';
import { type ReadList, readList } from './read-list.ts';
import { Warnings } from './warnings.ts';

const LIMITS = {
  items: CONFIG.maxListItems,
  pages: CONFIG.maxListPages,
  bytes: CONFIG.maxListBytes,
  itemBytes: CONFIG.maxItemBytes,
  itemDepth: CONFIG.maxItemDepth,
  time: CONFIG.maxListTime,
};

interface Entry {
  items: readonly Item[];
  fresh: boolean;
  /** Of performance.now(); for ever where the server tells of changes, or speaks a revision without caching. */
  until: number;
}

/**
 * The lists of one server, fetched once and kept until the server says that they changed. While the server is away
 * the last lists stay, so that clients do not see tools come and go with every restart.
 */
export class Catalog {
  /** What is wrong with the lists. */
  readonly warnings = new Warnings();
  readonly #connect: () => Promise<Connection>;
  readonly #log: Logger;
  readonly #opening: Patience;
  readonly #onNews: (kind: ListKind) => void;
  readonly #entries = new Map<ListKind, Entry>();
  readonly #failures = new Map<ListKind, unknown>();
  #digest: { facts: object | undefined; value: string } | undefined;
  readonly #loading = new Map<ListKind, Promise<readonly Item[]>>();
  readonly #patience = new Map<ListKind, Patience>();

  /**
   * @param connect gives the live connection, starting the server if need be; may reject
   * @param opening how long the connection is waited for
   * @param onNews called when a list was fetched that is another one than before
   */
  constructor(
    connect: () => Promise<Connection>,
    log: Logger,
    opening = new Patience(),
    onNews: (kind: ListKind) => void = () => {},
  ) {
    this.#connect = connect;
    this.#log = log;
    this.#opening = opening;
    this.#onNews = onNews;
  }

  /** The list as last fetched; the same array until it changes. */
  peek(kind: ListKind): readonly Item[] | undefined {
    return this.#entries.get(kind)?.items;
  }

  /**
   * Stands for the lists as last fetched and for what the server says of itself: the same on all nodes that see the same.
   * @returns undefined before all lists were fetched
   */
  digest(facts: object | undefined): string | undefined {
    if (this.#entries.size < Object.keys(LISTS).length) return undefined;
    if (this.#digest === undefined || this.#digest.facts !== facts) {
      const lists = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, { items }]) => [kind, items]);
      const text = JSON.stringify([facts, lists]);
      this.#digest = { facts, value: createHash('sha256').update(text).digest('base64url').slice(0, 22) };
    }
    return this.#digest.value;
  }

  /** Why the list could not be fetched when that was tried last; undefined when it could. */
  failure(kind: ListKind): unknown {
    return this.#failures.get(kind);
  }

  /** The list if it is known to be current, without asking anybody. */
  fresh(kind: ListKind): readonly Item[] | undefined {
    const entry = this.#entries.get(kind);
    return entry?.fresh && (entry.until === FOR_EVER || performance.now() < entry.until) ? entry.items : undefined;
  }

  /**
   * The list, fetched if need be. A server that cannot be reached gives its last list.
   * @throws the connection's error when the list was never fetched
   */
  get(kind: ListKind): Promise<readonly Item[]> {
    const current = this.fresh(kind);
    if (current !== undefined) return Promise.resolve(current);
    const loading = this.#loading.get(kind);
    if (loading !== undefined) return loading;
    const load: Promise<readonly Item[]> = this.#load(kind, () => this.#loading.get(kind) === load).finally(() => {
      if (this.#loading.get(kind) === load) this.#loading.delete(kind);
    });
    this.#loading.set(kind, load);
    return load;
  }

  /**
   * How long a list that is being fetched is waited for: that its server comes up, and that it answers.
   * @param limit milliseconds for each
   * @returns milliseconds that are left
   */
  patience(kind: ListKind, limit: number): number {
    return Math.min(this.#opening.left(limit), this.#patience.get(kind)?.left(limit) ?? limit);
  }

  /** The next `get` asks the server again; a fetch under way may have been answered before the change. */
  invalidate(kinds: readonly ListKind[] = Object.keys(LISTS) as ListKind[]): void {
    for (const kind of kinds) {
      const entry = this.#entries.get(kind);
      if (entry !== undefined) entry.fresh = false;
      this.#loading.delete(kind);
      this.#patience.delete(kind);
    }
  }

  async #load(kind: ListKind, isNewest: () => boolean, over?: Connection): Promise<readonly Item[]> {
    const known = this.#entries.get(kind)?.items;
    const patience = this.#patience.get(kind) ?? new Patience();
    this.#patience.set(kind, patience);
    patience.begin();
    try {
      const connection = over ?? (await this.#connect());
      patience.step();
      const { items: fetched, until } = await this.#fetch(kind, connection);
      patience.worked();
      this.#failures.delete(kind);
      const items = known !== undefined && sameItems(known, fetched) ? known : fetched;
      if (items !== known) this.#digest = undefined;
      if (isNewest()) this.#entries.set(kind, { items, fresh: true, until });
      if (items !== known) this.#onNews(kind);
      return items;
    } catch (error) {
      patience.failed();
      this.#failures.set(kind, error);
      if (known === undefined) throw error;
      return known;
    }
  }

  /** Fetches all lists over this connection; one that cannot be had is fetched when somebody asks. */
  async fill(connection: Connection): Promise<void> {
    const kinds = (Object.keys(LISTS) as ListKind[]).filter((kind) => this.fresh(kind) === undefined);
    await Promise.all(kinds.map((kind) => this.#load(kind, () => true, connection).catch(() => undefined)));
  }

  async #fetch(kind: ListKind, connection: Connection): Promise<Fetched> {
    const capability = connection.server.capabilities[LISTS[kind].capability];
    if (kind === 'tools') this.warnings.set('no tools', capability === undefined ? [NO_TOOLS] : []);
    if (capability === undefined) return NOTHING;
    const list = await readList(connection, kind, LIMITS);
    if ('error' in list) {
      // Many servers declare what they have nothing of, such as resources without templates; nobody has tools that cannot be listed.
      if (list.error.code === METHOD_NOT_FOUND && kind !== 'tools') return NOTHING;
      const error = new ListError(LISTS[kind].method, list.error);
      this.warnings.set(kind, [error.message]);
      throw error;
    }
    this.#warn(kind, list);
    const tells = (capability as { listChanged?: unknown }).listChanged === true;
    return { items: list.items, until: tells || list.ttlMs === undefined ? FOR_EVER : keepUntil(list.ttlMs) };
  }

  #warn(kind: ListKind, { items, cut, refused }: ReadList): void {
    const { method } = LISTS[kind];
    const problems = refused.sentences(method);
    if (cut) this.#log.warn({ list: kind, items: items.length }, 'List cut off: it is too long or its cursors loop');
    if (refused.count > 0) this.#log.warn({ list: kind, count: refused.count, problems }, 'Items of a list left out');
    this.warnings.set(kind, [
      ...(cut ? [`${method} is cut off after ${items.length} items: it is too long, or its cursors lead nowhere`] : []),
      ...problems,
    ]);
  }
}

type Fetched = Pick<Entry, 'items' | 'until'>;
const FOR_EVER = Number.POSITIVE_INFINITY;
const NO_TOOLS = 'it declares no capability "tools", so that it is not asked for any';
const NOTHING: Fetched = { items: [], until: FOR_EVER };

function keepUntil(ttlMs: number): number {
  return performance.now() + Math.min(Math.max(ttlMs, CONFIG.minListAge), CONFIG.maxListAge);
}

function sameItems(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}
