import { replaceReferences } from '../../settings/expand.ts';
import type { EnvFromSpec, McpServerSpec } from '../api/types.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import type { References } from './input.ts';
import { isMap, type JsonMap, mergeDeep } from './json-map.ts';
import { contentOf } from './references.ts';
import { variable } from './variable.ts';

/** An entry of `mcpServers` as the hub reads it, and the values of the variables that it names. */
export interface ServerEntry {
  entry: JsonMap;
  variables: Record<string, string>;
}

/** Keys of the spec that mean nothing to the hub. */
const OURS = ['envFrom', 'headersFrom', 'container', 'pools'] as const;
/** Keys that say how a server is reached: those of `settingsFrom` go when the spec reaches it in another way. */
const TRANSPORT = ['type', 'command', 'args', 'cwd', 'url'] as const;
/** First parts of the names of variables that are not a server's. */
const RESERVED = new Set(['cluster', 'bearer']);

/** What `settingsFrom` says of a server and what the spec says over it. */
export interface ServerSources {
  name: string;
  under: JsonMap | undefined;
  spec: McpServerSpec | undefined;
}

/**
 * The entry of one server. Values of Secrets and ConfigMaps stay out of it: it names them as `${<server>/KEY}`. Those
 * of `envFrom` become variables of a stdio server's environment, over which its `env` wins, and are what `${KEY}` in the
 * entry means.
 */
export function serverEntry({ name, under, spec }: ServerSources, references: References): ServerEntry {
  const below = withoutOurs(under ?? {}, [...OURS, ...(reaches(spec) ? TRANSPORT : [])]);
  const own = withoutOurs(spec ?? {}, OURS);
  const scope = RESERVED.has(name) ? `server/${name}` : name;
  const values = valuesOf(spec?.envFrom ?? [], references);
  const merged = mergeDeep(below, scoped(own, scope, values) as JsonMap);
  const entry = {
    ...merged,
    ...sidecarOf(spec),
    ...environment(merged, scope, values),
    ...headers(merged, scope, spec),
  };
  const known = { ...keyed(scope, values), ...headerValues(scope, spec, references) };
  return { entry, variables: pick(known, namesIn(entry)) };
}

function reaches(spec: McpServerSpec | undefined): boolean {
  return spec?.command !== undefined || spec?.url !== undefined || spec?.container !== undefined;
}

function withoutOurs(entry: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key)));
}

/** Later sources win, as in a Pod. */
function valuesOf(sources: readonly EnvFromSpec[], references: References): Record<string, string> {
  const found = sources.flatMap(({ prefix = '', secretRef, configMapRef }) => {
    const secret = secretRef && contentOf({ kind: 'Secret', name: secretRef.name }, references);
    const map = configMapRef && contentOf({ kind: 'ConfigMap', name: configMapRef.name }, references);
    return Object.entries({ ...secret, ...map }).map(([key, value]) => [prefix + key, value] as const);
  });
  return Object.fromEntries(found);
}

/** `${KEY}` and `$KEY` of the user's text, where KEY comes from the server's own sources, as the hub's variables. */
function scoped(value: unknown, scope: string, values: Record<string, string>): unknown {
  if (typeof value === 'string') {
    return replaceReferences(value, ({ name, fallback, source }) =>
      Object.hasOwn(values, name)
        ? variable(`${scope}/${name}${fallback === undefined ? '' : `:-${fallback}`}`)
        : source,
    );
  }
  if (Array.isArray(value)) return value.map((item) => scoped(item, scope, values));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, scoped(member, scope, values)]));
}

function sidecarOf(spec: McpServerSpec | undefined): JsonMap {
  if (spec?.container === undefined) return {};
  const { port, path = RENDER_DEFAULTS.serverPath } = spec.container;
  return { type: spec.type ?? 'streamable-http', url: `http://127.0.0.1:${port}${path}` };
}

function environment(merged: JsonMap, scope: string, values: Record<string, string>): JsonMap {
  if (merged.command === undefined || Object.keys(values).length === 0) return {};
  const fromSources = Object.fromEntries(Object.keys(values).map((key) => [key, variable(`${scope}/${key}`)]));
  return { env: { ...fromSources, ...(isMap(merged.env) ? merged.env : {}) } };
}

function headers(merged: JsonMap, scope: string, spec: McpServerSpec | undefined): JsonMap {
  if (spec?.headersFrom === undefined || spec.headersFrom.length === 0) return {};
  const taken = spec.headersFrom.map(({ name, prefix = '' }) => [name, prefix + variable(`${scope}/header/${name}`)]);
  return { headers: { ...(isMap(merged.headers) ? merged.headers : {}), ...Object.fromEntries(taken) } };
}

function keyed(scope: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${scope}/${key}`, value]));
}

function headerValues(scope: string, spec: McpServerSpec | undefined, references: References): Record<string, string> {
  const found = (spec?.headersFrom ?? []).map(({ name, secretKeyRef }) => {
    const value = contentOf({ kind: 'Secret', name: secretKeyRef.name }, references)?.[secretKeyRef.key];
    return [`${scope}/header/${name}`, value ?? ''] as const;
  });
  return Object.fromEntries(found);
}

/** Names of the variables in the strings of a value. */
function namesIn(value: unknown): Set<string> {
  const names = new Set<string>();
  replaceReferences(JSON.stringify(value), ({ name, source }) => {
    names.add(name);
    return source;
  });
  return names;
}

/** What an entry does not name is left out: the file that a Pod mounts holds no more secrets than it needs. */
function pick(values: Record<string, string>, names: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}
