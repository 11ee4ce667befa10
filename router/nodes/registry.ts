import type { Logger } from 'pino';
import { type Boundary, createBoundary } from '../../cluster/boundary.ts';
import type { HeartbeatPayload, RegisterPayload } from '../../cluster/payload.ts';
import type { SettingsSource } from '../../settings/store.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import { createEntry, isReachable, type NodeEntry, updateEntry, urlOf } from './node-entry.ts';
import { isRival } from './rivals.ts';

/**
 * What becomes of a register or heartbeat payload: taken from a node that is `known` or `new`; `nowhere` when it does not say
 * where the node is; `rival` when another process holds the id.
 */
export type Admission = 'known' | 'new' | 'nowhere' | 'rival';

/** The nodes of the cluster, in the order in which they registered. */
export interface Registry {
  readonly nodes: ReadonlyMap<string, NodeEntry>;
  /** Grows with every change; what is derived from the registry may be kept as long as it stays the same. */
  readonly version: number;
  /** Grows with each node that comes or goes. */
  readonly membership: number;
  /** Some node drains or cannot be reached, so that sessions move. */
  readonly inTransition: boolean;
  /** When this registry began to listen; of performance.now(). */
  readonly since: number;
  register(payload: RegisterPayload): Admission;
  /** Takes a heartbeat; an unknown node is registered by it. */
  heartbeat(payload: HeartbeatPayload): Admission;
  /** Marks a node that a request failed to reach. */
  suspect(node: NodeEntry, reason: string): void;
  /** Asks whether a node is there, for which there is no sign but that it may be gone. */
  doubt(node: NodeEntry): void;
  /** Takes a mark back: the node answers. */
  trust(node: NodeEntry): void;
  /** Marks a node that is not there any more. */
  lose(node: NodeEntry): void;
  /** Notes that a node has said that it drains, before it reports so. */
  retire(node: NodeEntry): void;
  /** Keeps new sessions away from a node. @returns false when there is no such node */
  drain(id: string): boolean;
  byTag(tag: string): NodeEntry | undefined;
  /** Nodes on which a server is up, whatever their own state. */
  replicas(server: string): NodeEntry[];
  /**
   * Marks silent nodes as unhealthy and forgets those that are silent for long.
   * @param now of performance.now()
   */
  sweep(now?: number): void;
  /** Calls the listener after each change that decides where requests go. @returns a function that ends it */
  onChange(listener: () => void): () => void;
  /** Calls the listener with each node that should be asked whether it is there. @returns a function that ends it */
  onDoubt(listener: (node: NodeEntry) => void): () => void;
  /** Calls the listener with each node that has left or is forgotten. @returns a function that ends it */
  onForget(listener: (node: NodeEntry) => void): () => void;
  /** Starts sweeping. */
  start(): void;
  stop(): void;
}

/** Makes an empty registry. Timeouts come from `systemConfig.cluster.coordinator` and are read anew at each sweep. */
export function createRegistry(settings: SettingsSource, log: Logger): Registry {
  return new NodeRegistry(settings, log);
}

class NodeRegistry implements Registry {
  readonly nodes = new Map<string, NodeEntry>();
  readonly since = performance.now();
  version = 0;
  membership = 0;
  inTransition = false;
  readonly #settings: SettingsSource;
  readonly #log: Logger;
  readonly #boundary: Boundary;
  readonly #tags = new Map<string, NodeEntry>();
  readonly #listeners = new Set<() => void>();
  readonly #doubtListeners = new Set<(node: NodeEntry) => void>();
  readonly #forgetListeners = new Set<(node: NodeEntry) => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: SettingsSource, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#boundary = createBoundary(log);
  }

  register(payload: RegisterPayload): Admission {
    const known = this.nodes.get(payload.id);
    if (known !== undefined && !isRival(known, payload)) known.drainRequested = false;
    return this.#take(payload, known, payload.url);
  }

  heartbeat(payload: HeartbeatPayload): Admission {
    const known = this.nodes.get(payload.id);
    if (known !== undefined) return this.#take(payload, known, payload.url);
    if (payload.metadata?.leaving === true) return 'known';
    this.#log.warn({ node: payload.id }, `Received heartbeat from unknown node: ${payload.id}`);
    const url = urlOf(payload);
    return url === undefined ? 'nowhere' : this.#take(payload, undefined, url);
  }

  suspect(node: NodeEntry, reason: string): void {
    if (node.suspect) return;
    node.suspect = true;
    node.suspectSince = performance.now();
    this.#log.warn({ node: node.id, reason }, 'Node cannot be reached');
    this.#changed();
  }

  doubt(node: NodeEntry): void {
    if (this.nodes.get(node.id) !== node) return;
    for (const listener of this.#doubtListeners) listener(node);
  }

  trust(node: NodeEntry): void {
    node.answeredAt = performance.now();
    if (!node.suspect && !node.gone) return;
    node.suspect = false;
    node.gone = false;
    this.#log.info({ node: node.id }, 'Node answers again');
    this.#changed();
  }

  lose(node: NodeEntry): void {
    if (node.gone) return;
    node.gone = true;
    this.#log.warn({ node: node.id }, 'Node does not answer any more');
    this.#changed();
  }

  retire(node: NodeEntry): void {
    if (node.draining) return;
    node.draining = true;
    this.#changed();
  }

  drain(id: string): boolean {
    const node = this.nodes.get(id);
    if (node === undefined) return false;
    node.drainRequested = true;
    node.draining = true;
    this.#log.info({ node: id }, 'Node is draining');
    this.#changed();
    return true;
  }

  byTag(tag: string): NodeEntry | undefined {
    return this.#tags.get(tag);
  }

  replicas(server: string): NodeEntry[] {
    return [...this.nodes.values()].filter((node) => node.servers.has(server));
  }

  sweep(now = performance.now()): void {
    const { nodeTimeout } = this.#settings.current.systemConfig.cluster.coordinator;
    let changes = 0;
    for (const node of [...this.nodes.values()]) {
      const silence = now - node.heardAt;
      const sign = Math.max(node.heardAt, node.answeredAt);
      if (now - sign > nodeTimeout * ROUTER_DEFAULTS.forgetFactor) {
        this.#forget(node, 'Node forgotten');
        changes++;
      } else if (silence > nodeTimeout && node.status === 'active') {
        node.status = 'unhealthy';
        const seen = new Date(node.lastHeartbeat).toISOString();
        this.#log.warn({ node: node.id }, `Marking node ${node.id} as unhealthy (last heartbeat: ${seen})`);
        changes++;
      }
    }
    if (changes > 0) this.#changed();
    for (const node of this.nodes.values()) if (node.status === 'unhealthy' || node.suspect) this.doubt(node);
  }

  onChange(listener: () => void): () => void {
    return add(this.#listeners, this.#boundary('change of nodes', listener));
  }

  onDoubt(listener: (node: NodeEntry) => void): () => void {
    return add(this.#doubtListeners, this.#boundary('doubt of a node', listener));
  }

  onForget(listener: (node: NodeEntry) => void): () => void {
    return add(this.#forgetListeners, this.#boundary('end of a node', listener));
  }

  start(): void {
    const { nodeTimeout, cleanupInterval } = this.#settings.current.systemConfig.cluster.coordinator;
    this.#lookAfter(Math.min(cleanupInterval, Math.max(50, nodeTimeout / 3)));
  }

  #lookAfter(delay: number): void {
    const due = performance.now() + delay;
    const look = () => {
      // A coordinator that was itself stopped for a while has heartbeats waiting to be read before it judges.
      if (performance.now() - due < delay) this.sweep();
      this.start();
    };
    this.#timer = setTimeout(
      this.#boundary('timer of nodes', look, () => this.#lookAfter(delay)),
      delay,
    );
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#doubtListeners.clear();
    this.#forgetListeners.clear();
  }

  #take(payload: HeartbeatPayload | RegisterPayload, known: NodeEntry | undefined, url: string | undefined): Admission {
    if (known === undefined) {
      this.#add(payload, url as string);
      this.#changed();
      return 'new';
    }
    if (isRival(known, payload)) {
      this.#log.error({ node: known.id, holder: known.url, refused: url }, 'Two processes use the same node id');
      this.doubt(known);
      return 'rival';
    }
    if (payload.metadata?.leaving === true) {
      this.#forget(known, 'Node left');
      this.#changed();
      return 'known';
    }
    const run = known.run;
    if (updateEntry(known, payload, url)) this.#changed();
    if (known.suspect || known.gone) this.doubt(known);
    return known.run === run ? 'known' : 'new';
  }

  #changed(): void {
    this.version++;
    this.inTransition = false;
    for (const node of this.nodes.values()) if (node.draining || !isReachable(node)) this.inTransition = true;
    for (const listener of [...this.#listeners]) listener();
  }

  #add(payload: HeartbeatPayload | RegisterPayload, url: string): void {
    const entry = createEntry(payload, url);
    this.membership++;
    this.nodes.set(entry.id, entry);
    this.#tags.set(entry.tag, entry);
    // Few are up when a node registers; the number is that of the servers that it is configured with.
    const configured = new Set([...payload.servers, ...Object.keys(payload.metadata?.serverStatus ?? {})]);
    const message = `Node registered: ${entry.name} (${entry.id}) with ${configured.size} servers`;
    this.#log.info({ node: entry.id, url, servers: payload.servers }, message);
  }

  #forget(node: NodeEntry, message: string): void {
    node.gone = true;
    this.membership++;
    this.nodes.delete(node.id);
    this.#tags.delete(node.tag);
    this.#log.info({ node: node.id }, message);
    for (const listener of this.#forgetListeners) listener(node);
  }
}

/** @returns a function that takes it out again */
function add<T>(set: Set<T>, one: T): () => void {
  set.add(one);
  return () => set.delete(one);
}
