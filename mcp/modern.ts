import type { ClientCapabilities } from './capabilities.ts';
import { isObject } from './json.ts';
import { isLogLevel, type LogLevel } from './methods.ts';
import { FIRST_MODERN_REVISION } from './revisions.ts';

/** What every request of 2026-07-28 says of itself under `params._meta` (specification: basic, "`_meta`"). */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** The modern revisions that are served, oldest first. */
export const MODERN_REVISIONS: readonly string[] = [FIRST_MODERN_REVISION];

/** The client as one modern request describes it. */
export interface Envelope {
  revision: string;
  capabilities: ClientCapabilities;
  clientInfo: { name: string; version: string } | undefined;
  logLevel: LogLevel | undefined;
}

type Params = Record<string, unknown> | undefined;

/** What `_meta` says in the revisions that have sessions alone: it ties messages to a task of 2025-11-25 (basic/utilities/tasks). */
const LEGACY_META = ['io.modelcontextprotocol/related-task', 'io.modelcontextprotocol/model-immediate-response'];

const OWN: Readonly<Record<'legacy' | 'modern', ReadonlySet<string>>> = {
  legacy: new Set(LEGACY_META),
  modern: new Set(Object.values(META)),
};

/**
 * Params or a result without what `_meta` says for revisions of one era alone: each hop speaks one revision, and says so itself.
 * All else that `_meta` holds stays.
 * @param of the era whose fields are taken out
 * @returns the value itself when there is nothing to take out
 */
export function withoutEnvelope<T extends object | undefined>(value: T, of: 'legacy' | 'modern' = 'modern'): T {
  const meta: unknown = (value as { _meta?: unknown } | undefined)?._meta;
  if (!isObject(meta)) return value;
  const kept = Object.entries(meta).filter(([key]) => !OWN[of].has(key));
  if (kept.length === Object.keys(meta).length) return value;
  const { _meta, ...rest } = value as Record<string, unknown>;
  return (kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) }) as T;
}

/** The `_meta` of a request's params; an empty object when there is none. */
export function metaOf(params: Params): Record<string, unknown> {
  return isObject(params?._meta) ? params._meta : {};
}

/** The revision that the body names, whatever else the envelope says; undefined for a request of an older era. */
export function claimedRevision(params: Params): unknown {
  return metaOf(params)[META.protocolVersion];
}

/** @returns the envelope, or a sentence that says which of its fields is wrong */
export function readEnvelope(params: Params): Envelope | string {
  if (!isObject(params?._meta)) return `params._meta must be an object with "${META.protocolVersion}" and more`;
  const meta = params._meta;
  const revision = meta[META.protocolVersion];
  const capabilities = meta[META.clientCapabilities];
  const clientInfo = meta[META.clientInfo];
  const logLevel = meta[META.logLevel];
  if (typeof revision !== 'string') return `_meta["${META.protocolVersion}"] must be a string such as "2026-07-28"`;
  if (!isObject(capabilities)) return `_meta["${META.clientCapabilities}"] must be an object`;
  if (clientInfo !== undefined && !isImplementation(clientInfo)) {
    return `_meta["${META.clientInfo}"] must be an object with the strings name and version`;
  }
  if (logLevel !== undefined && !isLogLevel(logLevel)) return `_meta["${META.logLevel}"] is no log level`;
  return { revision, capabilities: capabilities as ClientCapabilities, clientInfo, logLevel };
}

function isImplementation(value: unknown): value is { name: string; version: string } {
  return isObject(value) && typeof value.name === 'string' && typeof value.version === 'string';
}

/** Params with an envelope; what `_meta` holds otherwise stays. */
export function withEnvelope(params: Params, envelope: Envelope): Record<string, unknown> {
  const { revision, capabilities, clientInfo, logLevel } = envelope;
  return {
    ...params,
    _meta: {
      ...metaOf(params),
      [META.protocolVersion]: revision,
      [META.clientCapabilities]: capabilities,
      ...(clientInfo === undefined ? {} : { [META.clientInfo]: clientInfo }),
      ...(logLevel === undefined ? {} : { [META.logLevel]: logLevel }),
    },
  };
}

/** Field of the params that the header `Mcp-Name` repeats, by method (basic/transports/streamable-http, "Standard Headers"). */
const NAME_FIELD: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** What `Mcp-Name` must say for a request; undefined when the method has none or the params lack it. */
export function mcpName(method: string, params: Params): string | undefined {
  const field = Object.hasOwn(NAME_FIELD, method) ? NAME_FIELD[method] : undefined;
  const value = field === undefined ? undefined : params?.[field];
  return typeof value === 'string' ? value : undefined;
}

/** Methods whose result may be `input_required` (basic/patterns/multi-round-trip). */
export const MAY_ASK: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Methods whose results say for how long and for whom they may be cached (basic/patterns/caching). */
export const CACHEABLE: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);
