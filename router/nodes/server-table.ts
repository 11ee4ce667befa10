import { randomBytes } from 'node:crypto';
import type { ServerReport, ServerStatus } from '../../cluster/payload.ts';
import { isPlaceable, isReachable, type NodeEntry } from './node-entry.ts';
import type { Registry } from './registry.ts';

/** A server of the cluster, as nodes are told of it that do not have it themselves. */
export interface ServerRow {
  name: string;
  /** Of its catalog, as most of its holders report it. */
  digest?: string;
  /** Tags of the nodes that can serve it now, in order. */
  holders: string[];
  /** Those of the holders where it is started on demand, and was never started. */
  idle?: string[];
  /** One of its holders at least has a process for each session. */
  perSessionClient?: true;
  /** Whether one of those serves modern requests only where a state ties them together. */
  needsState?: boolean;
  /** None of its holders has a process of its own of it. */
  remote?: true;
  /** As it is where it does best. */
  status: ServerStatus;
  reason?: string;
}

/** The servers of all nodes. It is derived from the registry, when somebody wants to know and a node has said something new. */
export interface ServerTable {
  /** Which table it is; the same as long as its rows are. It tells one process from another, too. */
  readonly version: string;
  /** The rows as JSON. Many ask for the same, so it is written once. */
  readonly rows: string;
  /** No one waits any more, and no one should. */
  readonly stopped: boolean;
  /** Calls the listener once, when the version changes or the table is stopped. @returns a function that ends the wait */
  wait(listener: () => void): () => void;
  stop(): void;
}

/** Changes within so many milliseconds are one. */
const TOGETHER = 20;
/** At most one part in so many of the time goes into deriving the table and telling it. */
const SHARE = 10;

type Source = Pick<Registry, 'nodes' | 'version' | 'onChange'>;

/**
 * Makes the table of a registry.
 * @param now the time in milliseconds
 */
export function createServerTable(registry: Source, now: () => number = () => performance.now()): ServerTable {
  return new DerivedTable(registry, now);
}

class DerivedTable implements ServerTable {
  stopped = false;
  readonly #registry: Source;
  readonly #now: () => number;
  readonly #process = randomBytes(6).toString('base64url');
  readonly #waiting = new Set<() => void>();
  #count = 0;
  #rows = '';
  #derivedFrom = -1;
  /** From when on it may be derived again. */
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(registry: Source, now: () => number) {
    this.#registry = registry;
    this.#now = now;
    registry.onChange(() => this.#follow());
  }

  get version(): string {
    if (this.#now() >= this.#notBefore) this.#derive();
    return `${this.#process}-${this.#count}`;
  }

  get rows(): string {
    return this.#rows;
  }

  wait(listener: () => void): () => void {
    const called = () => listener();
    this.#waiting.add(called);
    this.#follow();
    return () => this.#waiting.delete(called);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.#timer);
    this.#tell();
  }

  /** Sees to it that those who wait hear of what has changed. */
  #follow(): void {
    if (this.stopped || this.#waiting.size === 0 || this.#timer !== undefined) return;
    if (this.#registry.version === this.#derivedFrom) return;
    const pause = Math.max(TOGETHER, this.#notBefore - this.#now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#derive();
    }, pause);
    this.#timer.unref();
  }

  #derive(): void {
    if (this.#registry.version === this.#derivedFrom) return;
    const begun = this.#now();
    this.#derivedFrom = this.#registry.version;
    const rows = JSON.stringify(rowsOf(this.#registry.nodes.values()));
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#count++;
      this.#tell();
    }
    const ended = this.#now();
    this.#notBefore = ended + Math.max(TOGETHER, SHARE * (ended - begun));
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const listener of waiting) listener();
  }
}

/** What is known of one server while the nodes are gone through. */
interface Tally {
  holders: string[];
  idle: string[];
  perSessionClient: boolean;
  needsState: boolean;
  processes: boolean;
  digests: Map<string, number>;
  best: ServerReport | undefined;
}

/**
 * The rows for some nodes, by name. Only nodes of ours count: no other could be asked by a node. A server that is disabled
 * everywhere is none.
 */
export function rowsOf(nodes: Iterable<NodeEntry>): ServerRow[] {
  const tallies = new Map<string, Tally>();
  for (const node of nodes) if (node.ours) count(node, tallies);
  return Array.from(tallies, ([name, tally]) => rowOf(name, tally)).sort((a, b) => compare(a.name, b.name));
}

function count(node: NodeEntry, tallies: Map<string, Tally>): void {
  const placeable = isPlaceable(node);
  const speaks = node.status === 'active' && isReachable(node);
  for (const [name, report] of Object.entries(node.metadata?.serverStatus ?? {})) {
    if (report.status === 'disabled') continue;
    const tally = tallyOf(name, tallies);
    // What a node said that is not there any more is not so any more.
    if (speaks && rank(report.status) < rank(tally.best?.status)) tally.best = report;
    if (placeable && node.servers.has(name)) countHolder(tally, node.tag, report);
  }
}

function countHolder(tally: Tally, tag: string, report: ServerReport): void {
  const { status, perSessionClient = false, needsState = perSessionClient, remote, digest } = report;
  tally.holders.push(tag);
  if (status === 'idle' && digest === undefined) tally.idle.push(tag);
  if (perSessionClient) tally.perSessionClient = true;
  if (needsState) tally.needsState = true;
  if (!remote) tally.processes = true;
  if (digest !== undefined) tally.digests.set(digest, (tally.digests.get(digest) ?? 0) + 1);
}

function tallyOf(name: string, tallies: Map<string, Tally>): Tally {
  let tally = tallies.get(name);
  if (tally === undefined) {
    tally = {
      holders: [],
      idle: [],
      perSessionClient: false,
      needsState: false,
      processes: false,
      digests: new Map(),
      best: undefined,
    };
    tallies.set(name, tally);
  }
  return tally;
}

const RANKS: readonly ServerStatus[] = ['connected', 'idle', 'connecting', 'failed'];

function rank(status: ServerStatus | undefined): number {
  return status === undefined ? RANKS.length : RANKS.indexOf(status);
}

const NOBODY: ServerReport = { status: 'failed', reason: 'no node that hosts it is up' };

function rowOf(name: string, tally: Tally): ServerRow {
  const { holders, idle, perSessionClient, needsState, processes, digests, best = NOBODY } = tally;
  const digest = mostCommon(digests);
  return {
    name,
    ...(digest === undefined ? {} : { digest }),
    holders: holders.sort(compare),
    ...(idle.length > 0 ? { idle: idle.sort(compare) } : {}),
    ...(perSessionClient ? { perSessionClient, needsState } : {}),
    ...(holders.length === 0 || processes ? {} : { remote: true }),
    status: best.status,
    ...(best.reason === undefined ? {} : { reason: best.reason }),
  };
}

/** Of several as common as each other the first by name, so that all coordinators say the same. */
function mostCommon(counts: ReadonlyMap<string, number>): string | undefined {
  let most = 0;
  let found: string | undefined;
  for (const [text, times] of counts) {
    if (times < most || (times === most && found !== undefined && compare(found, text) < 0)) continue;
    most = times;
    found = text;
  }
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
