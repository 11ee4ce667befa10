import type { Logger } from 'pino';
import type { ServerReport } from '../../cluster/payload.ts';
import { Catalog } from '../catalog/catalog.ts';
import { LISTS, type ListKind } from '../catalog/lists.ts';
import { CONFIG } from '../config.ts';
import type { Hosted } from '../hosts.ts';
import type { Coordinators } from './coordinators.ts';
import { ElsewhereHost } from './host.ts';
import type { ServerTableEntry } from './server-table.ts';

interface ElsewhereContext {
  coordinators: Coordinators;
  /** The tag of this node, whose own servers are not elsewhere. */
  tag: string;
  version: string;
  log: Logger;
  /** Milliseconds for which a server stays known after the last node that had it went away. */
  grace: () => number;
  /** A server became known. */
  onAdded(hosted: Hosted): void;
  /** Lists of a server are others than before. */
  onChanged(hosted: Hosted, kinds: ListKind[]): void;
}

interface Entry {
  hosted: Hosted & { host: ElsewhereHost };
  digest: string | undefined;
  /** Of performance.now(), while no other node has it. */
  goneSince: number | undefined;
}

/** The servers of other nodes, as the table of the cluster tells of them. Their lists are fetched once for each digest. */
export class Elsewhere {
  readonly #context: ElsewhereContext;
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new Set<Entry>();
  #fetching = 0;

  constructor(context: ElsewhereContext) {
    this.#context = context;
  }

  /** By name, in the order of names. */
  all(): Hosted[] {
    return [...this.#entries.values()].map(({ hosted }) => hosted);
  }

  get(name: string): Hosted | undefined {
    return this.#entries.get(name)?.hosted;
  }

  /** @returns whether servers came or went */
  learn(table: readonly ServerTableEntry[]): boolean {
    const before = [...this.#entries.keys()].join('\n');
    const present = new Set<string>();
    for (const entry of table) {
      const holders = entry.holders.filter((holder) => holder !== this.#context.tag);
      if (holders.length === 0 && !this.#entries.has(entry.name)) continue;
      present.add(entry.name);
      this.#update(entry, holders);
    }
    for (const [name, entry] of this.#entries) if (!present.has(name)) this.#absent(entry, 'no node has it now');
    this.#sort();
    return [...this.#entries.keys()].join('\n') !== before;
  }

  /** Forgets servers that have been away for too long. @returns whether any went */
  expire(now = performance.now()): boolean {
    let any = false;
    for (const [name, { hosted, goneSince }] of this.#entries) {
      if (goneSince === undefined || now - goneSince < this.#context.grace()) continue;
      this.#entries.delete(name);
      void hosted.host.stop();
      any = true;
    }
    return any;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ hosted }) => hosted.host.stop()));
  }

  #update({ name, digest, status, reason, ...row }: ServerTableEntry, holders: readonly string[]): void {
    const entry = this.#entries.get(name) ?? this.#add(name);
    if (holders.length === 0) return this.#absent(entry, reason ?? `it is ${status} on all nodes`);
    entry.goneSince = undefined;
    const { perSessionClient = false, needsState = perSessionClient, remote = false } = row;
    entry.hosted.host.replicas({ holders, perSessionClient, needsState, remote });
    const sleeps = wouldStart(row, holders);
    entry.hosted.host.reported({ status: sleeps ? 'idle' : 'connected' });
    if (sleeps || digest === entry.digest) return;
    const isNew = entry.digest === undefined && entry.hosted.catalog.peek('tools') === undefined;
    entry.digest = digest;
    if (!isNew) {
      entry.hosted.catalog.invalidate();
      void entry.hosted.host.changed();
    }
    this.#fetchSoon(entry);
  }

  #add(name: string): Entry {
    const { coordinators, log, version } = this.#context;
    const own = log.child({ server: name });
    const host = new ElsewhereHost(name, { coordinators, log: own, version });
    const hosted = {
      name,
      config: {},
      host,
      elsewhere: true,
      catalog: new Catalog(() => host.connection(), own, host.patience),
    };
    const entry: Entry = { hosted, digest: undefined, goneSince: undefined };
    this.#entries.set(name, entry);
    this.#context.onAdded(hosted);
    return entry;
  }

  /** Its lists stay, and calls fail with the reason, until it has been away for the grace time. */
  #absent(entry: Entry, reason: string): void {
    entry.goneSince ??= performance.now();
    entry.hosted.host.replicas({ holders: [] });
    const report: ServerReport = { status: 'failed', reason };
    entry.hosted.host.reported(report);
  }

  #sort(): void {
    const entries = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#entries.clear();
    for (const [name, entry] of entries) this.#entries.set(name, entry);
  }

  /** Fetches the lists in the background, some servers at a time, and tells what is other than before. */
  #fetchSoon(entry: Entry): void {
    this.#queue.add(entry);
    this.#work();
  }

  #work(): void {
    for (const entry of this.#queue) {
      if (this.#fetching >= CONFIG.elsewhereAtOnce) return;
      this.#queue.delete(entry);
      this.#fetching++;
      void this.#fetch(entry).finally(() => {
        this.#fetching--;
        this.#work();
      });
    }
  }

  async #fetch({ hosted }: Entry): Promise<void> {
    const changed: ListKind[] = [];
    await Promise.all(
      (Object.keys(LISTS) as ListKind[]).map(async (kind) => {
        const before = hosted.catalog.peek(kind);
        const now = await hosted.catalog.get(kind).catch(() => before);
        if (now !== before) changed.push(kind);
      }),
    );
    if (changed.length > 0) this.#context.onChanged(hosted, changed);
  }
}

/**
 * Whether a question of the hub itself might start a server that is to be started at a client's request. A node that has it, too, can
 * do without; another one asks as soon as any of the others has started it.
 */
function wouldStart(row: Pick<ServerTableEntry, 'holders' | 'idle'>, others: readonly string[]): boolean {
  const isIdle = (holder: string) => row.idle?.includes(holder) === true;
  return others.length < row.holders.length ? others.some(isIdle) : others.every(isIdle);
}
