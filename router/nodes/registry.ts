import type { Logger } from 'pino';
import type { HeartbeatPayload, RegisterPayload } from '../../cluster/payload.ts';
import type { SettingsSource } from '../../settings/store.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import { createEntry, type NodeEntry, updateEntry, urlOf } from './node-entry.ts';

/** The nodes of the cluster, in the order in which they registered. */
export interface Registry {
  readonly nodes: ReadonlyMap<string, NodeEntry>;
  /** Grows with every change; what is derived from the registry may be kept as long as it stays the same. */
  readonly version: number;
  /** Epoch milliseconds at which this registry began to listen. */
  readonly since: number;
  register(payload: RegisterPayload): void;
  /** Takes a heartbeat; an unknown node is registered by it. @returns false when it does not say where the node is */
  heartbeat(payload: HeartbeatPayload): boolean;
  /** Marks a node that a request failed to reach. */
  suspect(node: NodeEntry, reason: string): void;
  /** Keeps new sessions away from a node. @returns false when there is no such node */
  drain(id: string): boolean;
  byTag(tag: string): NodeEntry | undefined;
  /** Nodes on which a server is up, whatever their own state. */
  replicas(server: string): NodeEntry[];
  /** Marks silent nodes as unhealthy and forgets those that are silent for long. */
  sweep(now?: number): void;
  /** Calls the listener after each change. @returns a function that ends it */
  onChange(listener: () => void): () => void;
  /** Calls the listener for each silent node at each sweep. @returns a function that ends it */
  onSilent(listener: (node: NodeEntry) => void): () => void;
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
  readonly since = Date.now();
  version = 0;
  readonly #settings: SettingsSource;
  readonly #log: Logger;
  readonly #tags = new Map<string, NodeEntry>();
  readonly #listeners = new Set<() => void>();
  readonly #silentListeners = new Set<(node: NodeEntry) => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: SettingsSource, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  register(payload: RegisterPayload): void {
    const known = this.nodes.get(payload.id);
    if (known === undefined) this.#add(payload, payload.url);
    else {
      known.drainRequested = false;
      updateEntry(known, payload, payload.url, Date.now());
    }
    this.#changed();
  }

  heartbeat(payload: HeartbeatPayload): boolean {
    const known = this.nodes.get(payload.id);
    if (known === undefined) {
      this.#log.warn({ node: payload.id }, `Received heartbeat from unknown node: ${payload.id}`);
      const url = urlOf(payload);
      if (url === undefined) return false;
      this.#add(payload, url);
    } else {
      updateEntry(known, payload, payload.url, Date.now());
    }
    this.#changed();
    return true;
  }

  suspect(node: NodeEntry, reason: string): void {
    if (node.suspect) return;
    node.suspect = true;
    this.#log.warn({ node: node.id, reason }, 'Node cannot be reached');
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

  sweep(now = Date.now()): void {
    const { nodeTimeout } = this.#settings.current.systemConfig.cluster.coordinator;
    let changes = 0;
    for (const node of [...this.nodes.values()]) {
      const silence = now - node.lastHeartbeat;
      if (silence > nodeTimeout * ROUTER_DEFAULTS.forgetFactor) {
        this.#forget(node);
        changes++;
      } else if (silence > nodeTimeout && node.status === 'active') {
        node.status = 'unhealthy';
        const seen = new Date(node.lastHeartbeat).toISOString();
        this.#log.warn({ node: node.id }, `Marking node ${node.id} as unhealthy (last heartbeat: ${seen})`);
        changes++;
      }
    }
    if (changes > 0) this.#changed();
    for (const node of this.nodes.values()) {
      if (node.status === 'unhealthy') for (const listener of this.#silentListeners) listener(node);
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onSilent(listener: (node: NodeEntry) => void): () => void {
    this.#silentListeners.add(listener);
    return () => this.#silentListeners.delete(listener);
  }

  start(): void {
    const { nodeTimeout, cleanupInterval } = this.#settings.current.systemConfig.cluster.coordinator;
    const delay = Math.min(cleanupInterval, Math.max(50, nodeTimeout / 3));
    const due = Date.now() + delay;
    this.#timer = setTimeout(() => {
      // A coordinator that was itself stopped for a while has heartbeats waiting to be read before it judges.
      if (Date.now() - due < delay) this.sweep();
      this.start();
    }, delay);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#silentListeners.clear();
  }

  #changed(): void {
    this.version++;
    for (const listener of [...this.#listeners]) listener();
  }

  #add(payload: HeartbeatPayload | RegisterPayload, url: string): void {
    const entry = createEntry(payload, url, Date.now());
    this.nodes.set(entry.id, entry);
    this.#tags.set(entry.tag, entry);
    const { length } = payload.servers;
    const message = `Node registered: ${entry.name} (${entry.id}) with ${length} servers`;
    this.#log.info({ node: entry.id, url, servers: payload.servers }, message);
  }

  #forget(node: NodeEntry): void {
    this.nodes.delete(node.id);
    this.#tags.delete(node.tag);
    this.#log.info({ node: node.id }, 'Node forgotten');
  }
}
