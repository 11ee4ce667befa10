import type { HeartbeatPayload, NodeMetadata, RegisterPayload } from '../../cluster/payload.ts';
import { nodeTag } from '../../cluster/tag.ts';

/** One node as the coordinator knows it. */
export interface NodeEntry {
  readonly id: string;
  /** Stands for the node inside session ids. */
  readonly tag: string;
  /** Tells this process from another one that has, or had, the same id. */
  run: string;
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
  /** Epoch milliseconds, for people: whoever sets the clock must not decide which nodes are there. */
  lastHeartbeat: number;
  /** When its last heartbeat came; of performance.now(). */
  heardAt: number;
  /** When it last answered when it was asked whether it is there; of performance.now(), -Infinity if it never was. */
  answeredAt: number;
  /** Names of the servers that it can serve now. */
  servers: Set<string>;
  metadata: NodeMetadata | undefined;
  /** A request just failed to reach it; it gets none until it answers again. */
  suspect: boolean;
  /** Of performance.now(). */
  suspectSince: number;
  /** It left, or is silent and does not answer either; others take its sessions over. */
  gone: boolean;
  /** Gets no new session, by its own word or by that of an administrator. */
  draining: boolean;
  drainRequested: boolean;
  /** Sessions placed on it that its reports do not count yet. */
  placed: number;
  /** Requests of this coordinator that it is at; streams that stay open do not count. */
  inFlight: number;
  /** What of its last report decides where requests go; the same text means that nothing of that has changed. */
  fingerprint: string;
}

/** Where a payload says that the node is, or undefined when it does not say. */
export function urlOf(payload: HeartbeatPayload | RegisterPayload): string | undefined {
  if (payload.url !== undefined) return payload.url;
  if (payload.host === undefined || payload.port === undefined) return undefined;
  const url = `http://${payload.host.includes(':') ? `[${payload.host}]` : payload.host}:${payload.port}`;
  return URL.canParse(url) ? url : undefined;
}

/** A node that has just been heard of for the first time. */
export function createEntry(payload: HeartbeatPayload | RegisterPayload, url: string): NodeEntry {
  const entry: NodeEntry = {
    id: payload.id,
    tag: nodeTag(payload.id),
    run: '',
    name: payload.name ?? payload.id,
    host: '',
    port: 0,
    url: '',
    origin: '',
    pathPrefix: '',
    ours: false,
    status: 'active',
    lastHeartbeat: 0,
    heardAt: 0,
    answeredAt: Number.NEGATIVE_INFINITY,
    servers: new Set(),
    metadata: undefined,
    suspect: false,
    suspectSince: 0,
    gone: false,
    draining: false,
    drainRequested: false,
    placed: 0,
    inFlight: 0,
    fingerprint: '',
  };
  updateEntry(entry, payload, url);
  return entry;
}

/**
 * Takes over what a register or heartbeat payload says.
 * @returns whether anything changed that decides where requests go
 */
export function updateEntry(
  entry: NodeEntry,
  payload: HeartbeatPayload | RegisterPayload,
  url: string | undefined,
): boolean {
  const { metadata } = payload;
  const before = `${entry.fingerprint} ${marksOf(entry)}`;
  const run = `${payload.id} ${metadata?.instance ?? ''}`;
  // Nodes of ours are trusted again when they answer, not when they are heard: a connection may break one way only.
  if (run !== entry.run || metadata?.instance === undefined) {
    entry.suspect = false;
    entry.gone = false;
  }
  entry.run = run;
  if (payload.name !== undefined) entry.name = payload.name;
  if (url !== undefined) setUrl(entry, url);
  if (payload.host !== undefined) entry.host = payload.host;
  if (payload.port !== undefined) entry.port = payload.port;
  entry.status = 'active';
  entry.lastHeartbeat = Date.now();
  entry.heardAt = performance.now();
  entry.servers = new Set(payload.servers);
  entry.metadata = metadata;
  entry.ours = metadata?.tag !== undefined;
  entry.draining = entry.drainRequested || metadata?.draining === true;
  if (metadata?.sessions !== undefined) entry.placed = 0;
  entry.fingerprint = fingerprint(entry);
  return `${entry.fingerprint} ${marksOf(entry)}` !== before;
}

function fingerprint({ run, url, servers, metadata }: NodeEntry): string {
  const { serverStatus, groups, nameSeparator } = metadata ?? {};
  return JSON.stringify([run, url, [...servers], serverStatus, groups, nameSeparator]);
}

/** What the coordinator itself thinks of the node, which changes between its reports too. */
function marksOf({ draining, suspect, gone, status }: NodeEntry): string {
  return `${draining} ${suspect} ${gone} ${status}`;
}

function setUrl(entry: NodeEntry, url: string): void {
  if (entry.url === url) return;
  const parsed = new URL(url);
  entry.url = url;
  entry.origin = parsed.origin;
  entry.pathPrefix = withoutSlashesAtEnd(parsed.pathname);
  entry.host = parsed.hostname.replace(/^\[|\]$/g, '');
  entry.port = parsed.port === '' ? (parsed.protocol === 'https:' ? 443 : 80) : Number(parsed.port);
}

/** A loop, since a regular expression tries each of many slashes within a path anew. */
function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/** Whether a new session may be placed on it. */
export function isPlaceable(node: NodeEntry): boolean {
  return node.status === 'active' && !node.draining && isReachable(node);
}

/** Whether a request may be sent to it for a session that it holds. */
export function isReachable(node: NodeEntry): boolean {
  return !node.gone && !node.suspect;
}
