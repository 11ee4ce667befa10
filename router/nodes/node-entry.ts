import type { HeartbeatPayload, NodeMetadata, RegisterPayload } from '../../cluster/payload.ts';
import { nodeTag } from '../../cluster/tag.ts';

/** One node as the coordinator knows it. */
export interface NodeEntry {
  readonly id: string;
  /** Stands for the node inside session ids. */
  readonly tag: string;
  name: string;
  host: string;
  port: number;
  url: string;
  /** Scheme, host and port of `url`. */
  origin: string;
  /** Path of `url` without a trailing slash: the node's own base path. */
  pathPrefix: string;
  /** One of our nodes; false for a node of the original branch. */
  ours: boolean;
  status: 'active' | 'unhealthy';
  /** Epoch milliseconds. */
  lastHeartbeat: number;
  /** Names of the servers that it can serve now. */
  servers: Set<string>;
  metadata: NodeMetadata | undefined;
  /** A request just failed to reach it; out of placement until its next heartbeat. */
  suspect: boolean;
  /** Silent, and it does not answer either; its sessions are gone with it until its next heartbeat. */
  gone: boolean;
  /** Gets no new session, by its own word or by that of an administrator. */
  draining: boolean;
  drainRequested: boolean;
  /** Sessions placed on it that its reports do not count yet. */
  placed: number;
}

/** Where a payload says that the node is, or undefined when it does not say. */
export function urlOf(payload: HeartbeatPayload | RegisterPayload): string | undefined {
  if (payload.url !== undefined) return payload.url;
  if (payload.host === undefined || payload.port === undefined) return undefined;
  return `http://${payload.host.includes(':') ? `[${payload.host}]` : payload.host}:${payload.port}`;
}

/** A node that has just been heard of for the first time. */
export function createEntry(payload: HeartbeatPayload | RegisterPayload, url: string, now: number): NodeEntry {
  const entry: NodeEntry = {
    id: payload.id,
    tag: nodeTag(payload.id),
    name: payload.name ?? payload.id,
    host: '',
    port: 0,
    url: '',
    origin: '',
    pathPrefix: '',
    ours: false,
    status: 'active',
    lastHeartbeat: now,
    servers: new Set(),
    metadata: undefined,
    suspect: false,
    gone: false,
    draining: false,
    drainRequested: false,
    placed: 0,
  };
  updateEntry(entry, payload, url, now);
  return entry;
}

/** Takes over what a register or heartbeat payload says. */
export function updateEntry(
  entry: NodeEntry,
  payload: HeartbeatPayload | RegisterPayload,
  url: string | undefined,
  now: number,
): void {
  if (payload.name !== undefined) entry.name = payload.name;
  if (url !== undefined) setUrl(entry, url);
  if (payload.host !== undefined) entry.host = payload.host;
  if (payload.port !== undefined) entry.port = payload.port;
  entry.status = 'active';
  entry.suspect = false;
  entry.gone = false;
  entry.lastHeartbeat = now;
  entry.servers = new Set(payload.servers);
  entry.metadata = payload.metadata;
  entry.ours = payload.metadata?.tag !== undefined;
  entry.draining = entry.drainRequested || payload.metadata?.draining === true;
  if (payload.metadata?.sessions !== undefined) entry.placed = 0;
}

function setUrl(entry: NodeEntry, url: string): void {
  if (entry.url === url) return;
  const parsed = new URL(url);
  entry.url = url;
  entry.origin = parsed.origin;
  entry.pathPrefix = parsed.pathname.replace(/\/+$/, '');
  entry.host = parsed.hostname.replace(/^\[|\]$/g, '');
  entry.port = parsed.port === '' ? (parsed.protocol === 'https:' ? 443 : 80) : Number(parsed.port);
}

/** Whether a new session may be placed on it. */
export function isPlaceable(node: NodeEntry): boolean {
  return node.status === 'active' && !node.draining && !node.suspect;
}
