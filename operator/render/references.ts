import { formatPath, type JsonPath } from '../../settings/path.ts';
import type { McpHubClusterSpec } from '../api/types.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import type { References, SpecProblem } from './input.ts';
import { ownValue } from './json-map.ts';

/** A Secret or ConfigMap, or a key of one, whose content the spec takes over. */
export interface Reference {
  kind: 'Secret' | 'ConfigMap';
  name: string;
  /** Absent when all keys count. */
  key?: string;
  /** Where the spec names it. */
  path: string;
}

/**
 * Every Secret and ConfigMap whose content goes into the settings. What containers refer to by themselves (`env` and
 * `envFrom` of a sidecar, volumes, pull secrets) is left to the kubelet.
 */
export function referencesOf(spec: McpHubClusterSpec): Reference[] {
  return [...settingsReferences(spec), ...serverReferences(spec), ...keyReferences(spec)];
}

/** Names of the Secrets that a spec takes values from, each once. */
export function secretsOf(spec: McpHubClusterSpec): string[] {
  return namesOf(spec, 'Secret');
}

/** Names of the ConfigMaps that a spec takes values from, each once. */
export function configMapsOf(spec: McpHubClusterSpec): string[] {
  return namesOf(spec, 'ConfigMap');
}

/** The references that lead nowhere, each with what has to appear. */
export function missingReferences(spec: McpHubClusterSpec, references: References): SpecProblem[] {
  return referencesOf(spec).flatMap((reference) => missing(reference, references) ?? []);
}

function namesOf(spec: McpHubClusterSpec, wanted: Reference['kind']): string[] {
  const found = referencesOf(spec).filter(({ kind }) => kind === wanted);
  return [...new Set(found.map(({ name }) => name))];
}

/** What a reference leads to; undefined where there is no such object. */
export function contentOf(
  { kind, name }: Pick<Reference, 'kind' | 'name'>,
  references: References,
): Record<string, string> | undefined {
  const objects = kind === 'Secret' ? references.secrets : references.configMaps;
  return ownValue(objects, name);
}

function missing(reference: Reference, references: References): SpecProblem | undefined {
  const { kind, name, key, path } = reference;
  const content = contentOf(reference, references);
  if (content === undefined) {
    return {
      path,
      message: `there is no ${kind} "${name}" in this namespace; create it`,
      missing: { kind, name, ...(key !== undefined && { key }) },
    };
  }
  if (key === undefined || Object.hasOwn(content, key)) return undefined;
  const keys = Object.keys(content).sort().join(', ') || 'none';
  return {
    path,
    message: `the ${kind} "${name}" has no key "${key}"; add it, or name one that it has (${keys})`,
    missing: { kind, name, key },
  };
}

function settingsReferences({ settingsFrom }: McpHubClusterSpec): Reference[] {
  const reference = settingsReference(settingsFrom);
  return reference === undefined ? [] : [reference];
}

/** Where the settings come from that lie under those of the spec. */
export function settingsReference(
  source: McpHubClusterSpec['settingsFrom'],
): (Reference & { key: string }) | undefined {
  const { secretKeyRef: secret, configMapKeyRef: map } = source ?? {};
  const key = (secret ?? map)?.key ?? RENDER_DEFAULTS.settingsKey;
  if (secret !== undefined) return { kind: 'Secret', name: secret.name, key, path: 'spec.settingsFrom.secretKeyRef' };
  if (map !== undefined) return { kind: 'ConfigMap', name: map.name, key, path: 'spec.settingsFrom.configMapKeyRef' };
  return undefined;
}

function serverReferences({ mcpServers = {} }: McpHubClusterSpec): Reference[] {
  return Object.entries(mcpServers).flatMap(([server, { envFrom = [], headersFrom = [] }]) => {
    const at = (...path: JsonPath) => formatPath(['spec', 'mcpServers', server, ...path]);
    const sources = envFrom.flatMap(({ secretRef, configMapRef }, index): Reference[] => [
      ...(secretRef
        ? [{ kind: 'Secret' as const, name: secretRef.name, path: at('envFrom', index, 'secretRef') }]
        : []),
      ...(configMapRef
        ? [{ kind: 'ConfigMap' as const, name: configMapRef.name, path: at('envFrom', index, 'configMapRef') }]
        : []),
    ]);
    const headers = headersFrom.map(
      ({ secretKeyRef: { name, key } }, index): Reference => ({
        kind: 'Secret',
        name,
        key,
        path: at('headersFrom', index, 'secretKeyRef'),
      }),
    );
    return [...sources, ...headers];
  });
}

function keyReferences({ auth }: McpHubClusterSpec): Reference[] {
  return (auth?.bearerKeys ?? []).map(({ secretKeyRef: { name, key } }, index) => ({
    kind: 'Secret',
    name,
    key,
    path: `spec.auth.bearerKeys[${index}].secretKeyRef`,
  }));
}
