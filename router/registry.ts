import type { Logger } from 'pino';
import type { HeartbeatPayload, RegisterPayload } from '../cluster/payload.ts';
import type { SettingsSource } from '../settings/store.ts';
import { ROUTER_DEFAULTS } from './config.ts';
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
  /** Starts sweeping. */
  start(): void;
  stop(): void;
}

/** Makes an empty registry. Timeouts come from `systemConfig.cluster.coordinator` and are read anew at each sweep. */
export function createRegistry(settings: SettingsSource, log: Logger): Registry {
  const nodes = new Map<string, NodeEntry>();
  const tags = new Map<string, NodeEntry>();
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let version = 0;

  const timeouts = () => settings.current.systemConfig.cluster.coordinator;
  function changed(): void {
    version++;
    for (const listener of [...listeners]) listener();
  }
  function add(payload: HeartbeatPayload | RegisterPayload, url: string): void {
    const entry = createEntry(payload, url, Date.now());
    nodes.set(entry.id, entry);
    tags.set(entry.tag, entry);
    log.info(
      { node: entry.id, url, servers: payload.servers },
      `Node registered: ${entry.name} (${entry.id}) with ${payload.servers.length} servers`,
    );
  }
  function remove(node: NodeEntry): void {
    nodes.delete(node.id);
    tags.delete(node.tag);
  }
  function schedule(): void {
    const { nodeTimeout, cleanupInterval } = timeouts();
    timer = setTimeout(
      () => {
        registry.sweep();
        schedule();
      },
      Math.min(cleanupInterval, Math.max(50, nodeTimeout / 3)),
    );
    timer.unref();
  }

  const registry: Registry = {
    nodes,
    since: Date.now(),
    get version() {
      return version;
    },
    register(payload) {
      const known = nodes.get(payload.id);
      if (known === undefined) add(payload, payload.url);
      else {
        known.drainRequested = false;
        updateEntry(known, payload, payload.url, Date.now());
      }
      changed();
    },
    heartbeat(payload) {
      const known = nodes.get(payload.id);
      const url = urlOf(payload);
      if (known === undefined) {
        log.warn({ node: payload.id }, `Received heartbeat from unknown node: ${payload.id}`);
        if (url === undefined) return false;
        add(payload, url);
      } else {
        updateEntry(known, payload, payload.url, Date.now());
      }
      changed();
      return true;
    },
    suspect(node, reason) {
      if (node.suspect) return;
      node.suspect = true;
      log.warn({ node: node.id, reason }, 'Node cannot be reached');
      changed();
    },
    drain(id) {
      const node = nodes.get(id);
      if (node === undefined) return false;
      node.drainRequested = true;
      node.draining = true;
      log.info({ node: id }, 'Node is draining');
      changed();
      return true;
    },
    byTag: (tag) => tags.get(tag),
    replicas: (server) => [...nodes.values()].filter((node) => node.servers.has(server)),
    sweep(now = Date.now()) {
      const { nodeTimeout } = timeouts();
      const before = version;
      for (const node of [...nodes.values()]) {
        const silence = now - node.lastHeartbeat;
        if (silence > nodeTimeout * ROUTER_DEFAULTS.forgetFactor) {
          remove(node);
          log.info({ node: node.id }, 'Node forgotten');
          version++;
        } else if (silence > nodeTimeout && node.status === 'active') {
          node.status = 'unhealthy';
          const seen = new Date(node.lastHeartbeat).toISOString();
          log.warn({ node: node.id }, `Marking node ${node.id} as unhealthy (last heartbeat: ${seen})`);
          version++;
        }
      }
      if (version !== before) changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: schedule,
    stop() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
  return registry;
}
