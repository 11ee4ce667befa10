import type { Logger } from 'pino';
import { CONFIG } from '../config.ts';
import type { Connection } from '../servers/connection.ts';
import { type Item, LISTS, type ListKind, readList } from './lists.ts';

interface Entry {
  items: readonly Item[];
  fresh: boolean;
}

/**
 * The lists of one server, fetched once and kept until the server says that they changed. While the server is away
 * the last lists stay, so that clients do not see tools come and go with every restart.
 */
export class Catalog {
  readonly #connect: () => Promise<Connection>;
  readonly #log: Logger;
  readonly #entries = new Map<ListKind, Entry>();
  readonly #loading = new Map<ListKind, Promise<readonly Item[]>>();

  /** @param connect gives the live connection, starting the server if need be; may reject */
  constructor(connect: () => Promise<Connection>, log: Logger) {
    this.#connect = connect;
    this.#log = log;
  }

  /** The list as last fetched; the same array until it changes. */
  peek(kind: ListKind): readonly Item[] | undefined {
    return this.#entries.get(kind)?.items;
  }

  /** The list if it is known to be current, without asking anybody. */
  fresh(kind: ListKind): readonly Item[] | undefined {
    const entry = this.#entries.get(kind);
    return entry?.fresh ? entry.items : undefined;
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

  /** The next `get` asks the server again; a fetch under way may have been answered before the change. */
  invalidate(kinds: readonly ListKind[] = Object.keys(LISTS) as ListKind[]): void {
    for (const kind of kinds) {
      const entry = this.#entries.get(kind);
      if (entry !== undefined) entry.fresh = false;
      this.#loading.delete(kind);
    }
  }

  async #load(kind: ListKind, isNewest: () => boolean): Promise<readonly Item[]> {
    const known = this.#entries.get(kind)?.items;
    try {
      const fetched = await this.#fetch(kind);
      const items = known !== undefined && sameItems(known, fetched) ? known : fetched;
      if (isNewest()) this.#entries.set(kind, { items, fresh: true });
      return items;
    } catch (error) {
      if (known === undefined) throw error;
      return known;
    }
  }

  async #fetch(kind: ListKind): Promise<readonly Item[]> {
    const connection = await this.#connect();
    if (connection.server.capabilities[LISTS[kind].capability] === undefined) return [];
    const list = await readList(connection, kind, { items: CONFIG.maxListItems, pages: CONFIG.maxListPages });
    if ('error' in list) {
      // Many servers declare resources without templates.
      if (list.error.code === -32601) return [];
      throw new Error(`${LISTS[kind].method} failed: ${list.error.message}`);
    }
    if (list.cut)
      this.#log.warn({ list: kind, items: list.items.length }, 'List cut off: it is too long or its cursors loop');
    return list.items;
  }
}

function sameItems(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}
