import type { z } from 'zod';
import { closest } from './closest.ts';
import { DIALECT_KEYS } from './dialect.ts';
import { formatPath, isObject, type JsonPath } from './path.ts';
import { settingsSchema } from './schema.ts';

type Schema = z.core.$ZodType;

interface UnknownKey {
  readonly path: JsonPath;
  /** The same without names and positions: keys of all entries have one. */
  readonly kind: string;
  readonly near: string | undefined;
}

const SECURITY = 'has no effect here; who may enter is said by bearerKeys';
/** Keys that MCPHub and other programs understand, and this hub does not, where there is more to say than that. */
const WORDS: Readonly<Record<string, string>> = {
  users: 'this hub has no users and no dashboard; who may enter is said by bearerKeys',
  userConfigs: 'this hub has no users, so what it says of single ones is not kept',
  oauthClients: SECURITY,
  oauthTokens: SECURITY,
  inputs: 'a hub asks nobody; set each as a variable of the name "input:<id>" in the file at MCPHUB_VARIABLES_PATH',
  prompts: 'prompts of the hub itself are not served; those of servers are',
  resources: 'resources of the hub itself are not served; those of servers are',
  'mcpServers.*.owner': 'restricts nothing, here as in MCPHub',
  'mcpServers.*.oauth': 'the hub does not log in to servers; give it a token in headers',
  'mcpServers.*.proxy': 'it is not used; the proxy of the environment is (HTTPS_PROXY)',
  'mcpServers.*.timeout': 'has no effect; write options.timeout, in milliseconds',
  'groups.*.owner': 'restricts nothing, here as in MCPHub',
  'bearerKeys.*.owner': 'the key opens what accessType says, whoever its owner is',
  'bearerKeys.*.kind': 'the key opens what accessType says, whatever its kind is',
  'systemConfig.oauth': SECURITY,
  'systemConfig.oauthServer': SECURITY,
  'systemConfig.auth': SECURITY,
  'systemConfig.smartRouting': 'has no effect; /mcp/$smart needs no settings',
};

/** Keys that close something, of the entries of servers: one that is misspelt leaves it open. */
const CLOSING = [
  'enabled',
  'disabled',
  'disabledTools',
  'excludeTools',
  'includeTools',
  'visibility',
  'sharedWithUsers',
];
/** Where every key decides who may enter. */
const GUARDED = /^(bearerKeys\.\*|systemConfig\.routing|systemConfig\.cluster)\.[^.]+$/;

/**
 * A word for every key that is not understood, one sentence for all entries that have it.
 *
 * @param value settings in our own words, before their check
 * @returns `warnings` for keys without effect; `faults` where a key is likely a misspelt one that closes something
 */
export function unknownKeys(value: unknown): { warnings: string[]; faults: { path: JsonPath; problem: string }[] } {
  const found = [...walk(settingsSchema, value, [], '')];
  const faults = found.flatMap((key) => {
    if (key.near === undefined || !closes(key.kind, key.near)) return [];
    const problem = `${formatPath(key.path)}: the key is not known; did you mean "${key.near}"?`;
    return { path: key.path, problem };
  });
  const byKind = Map.groupBy(
    found.filter(({ kind, near }) => near === undefined || !closes(kind, near)),
    ({ kind }) => kind,
  );
  return { faults, warnings: [...byKind].map(([kind, keys]) => sentence(kind, keys)) };
}

function closes(kind: string, near: string): boolean {
  return GUARDED.test(kind) || (kind.startsWith('mcpServers.') && CLOSING.includes(near));
}

function sentence(kind: string, [first, ...others]: readonly UnknownKey[]): string {
  const where = formatPath(first?.path ?? []);
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const word = Object.hasOwn(WORDS, kind) ? WORDS[kind] : undefined;
  const meant = first?.near === undefined ? '' : `; did you mean "${first.near}"?`;
  return `${where}${more}: ${word ?? `the key is not known and has no effect${meant}`}`;
}

function* walk(schema: Schema, value: unknown, path: JsonPath, kind: string): Generator<UnknownKey> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return yield* walk(def.innerType, value, path, kind);
    case 'object':
      return yield* members(def.shape, value, path, kind);
    case 'record':
      if (!isObject(value)) return;
      for (const [key, item] of Object.entries(value)) yield* walk(def.valueType, item, [...path, key], `${kind}.*`);
      return;
    case 'array':
      if (!Array.isArray(value)) return;
      for (const [index, item] of value.entries()) yield* walk(def.element, item, [...path, index], `${kind}.*`);
      return;
    case 'union':
      for (const option of def.options) yield* walk(option, value, path, kind);
      return;
    default:
      return;
  }
}

function* members(shape: Record<string, Schema>, value: unknown, path: JsonPath, kind: string): Generator<UnknownKey> {
  if (!isObject(value)) return;
  const known = Object.keys(shape);
  const understood = kind === 'mcpServers.*' ? [...known, ...DIALECT_KEYS] : known;
  for (const [key, item] of Object.entries(value)) {
    const child = Object.hasOwn(shape, key) ? shape[key] : undefined;
    const name = kind === '' ? key : `${kind}.${key}`;
    if (child !== undefined) yield* walk(child, item, [...path, key], name);
    else if (!isSilent(kind, key)) {
      yield {
        path: [...path, key],
        kind: name,
        near: Object.hasOwn(WORDS, name) ? undefined : closest(key, understood),
      };
    }
  }
}

/** Keys with a meaning that is not the schema's, or with none for anybody. */
function isSilent(kind: string, key: string): boolean {
  if (kind === '') return key === '$schema';
  if (kind === 'mcpServers.*') return ['openapi', 'visibility', 'sharedWithUsers', 'includeTools'].includes(key);
  return kind === 'groups.*' && ['visibility', 'sharedWithUsers'].includes(key);
}
