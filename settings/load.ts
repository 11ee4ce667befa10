import { costsOneEntry, prepare, readEnvFiles, schemaProblems, withRefusals } from './check.ts';
import { clusterModeOf } from './cluster-mode.ts';
import { serversInPlace } from './dialect.ts';
import { applyEnvironment, readEnvironment } from './environment.ts';
import { SettingsError } from './errors.ts';
import { type Environ, expand, type UnsetVariable } from './expand.ts';
import { type LocatedProblem, notSet } from './issues.ts';
import { type DuplicateKey, lineAndColumn, parseJsonc } from './jsonc.ts';
import { keyPassedOn } from './passthrough.ts';
import { formatPath, type JsonPath, valueAt } from './path.ts';
import { readSettingsFile } from './read.ts';
import type { Settings } from './schema.ts';
import { unknownKeys } from './unknown-keys.ts';
import { readVariables, requireSameRevision } from './variables.ts';
import { settingsWarnings } from './warnings.ts';

export { findSettingsFile } from './read.ts';

export interface LoadedSettings {
  /** Complete: variables expanded, defaults filled in, overrides of the environment applied. */
  readonly settings: Settings;
  /** What is wrong with single servers and groups, which are not served; each starts with the JSON path. */
  readonly faults: readonly string[];
  /** Sentences about what works but is likely not meant. */
  readonly warnings: readonly string[];
}

/**
 * Loads the settings of a process. The file is only read, never written.
 *
 * @param path of the file; undefined or a file that does not exist means empty settings
 * @param env variables for `${NAME}` in the file, and the overrides
 * @throws SettingsError with every problem of the kind that was found first: file, JSON, types and values, environment
 */
export function loadSettings(path: string | undefined, env: Environ): LoadedSettings {
  const text = path === undefined ? undefined : readSettingsFile(path);
  if (text !== undefined) return settingsFromText(text, env, path);
  const loaded = complete({}, env, path);
  if (path === undefined) return loaded;
  return { ...loaded, warnings: [`${path}: there is no such file; starting with empty settings`, ...loaded.warnings] };
}

/** Settings from the text of a file; see {@link loadSettings}. `file` is for messages. */
export function settingsFromText(text: string, env: Environ, file?: string): LoadedSettings {
  const { value, fault, duplicates } = parseJsonc(text);
  if (fault !== undefined) {
    const position = lineAndColumn(text, fault.offset);
    const problem = `${file === undefined ? 'line ' : `${file}:`}${position}: ${fault.problem}`;
    throw new SettingsError('MCPHUB_SETTINGS_JSON', [problem], file);
  }
  const loaded = complete(value, env, file);
  return { ...loaded, warnings: [...duplicates.map((key) => duplicateWarning(text, key)), ...loaded.warnings] };
}

/**
 * Checks a value and fills in the defaults. Variables are left as they are.
 *
 * @throws SettingsError MCPHUB_SETTINGS_INVALID with every problem, those of single entries as well, each with its JSON path
 * @example parseSettings({ mcpServers: { memory: { command: 'mcp-server-memory' } } }).systemConfig.cluster.mode // 'standalone'
 */
export function parseSettings(value: unknown): Settings {
  const prepared = prepare(serversInPlace(value));
  const problems = [...prepared.problems, ...schemaProblems(prepared, prepared.value, [])];
  if (problems.length > 0) throw invalid(problems);
  return withRefusals(prepared.value, []);
}

function complete(raw: unknown, env: Environ, file: string | undefined): LoadedSettings {
  const variables = readVariables(env);
  const prepared = prepare(serversInPlace(raw));
  const unknown = unknownKeys(prepared.value);
  const { value: expanded, unset } = expandSettings(prepared.value, variables);
  const files = file === undefined ? { value: expanded, problems: [] } : readEnvFiles(expanded, file);
  const found = [
    ...prepared.problems,
    ...unknown.faults,
    ...schemaProblems(prepared, files.value, unset),
    ...halfKeys(files.value, unset),
    ...files.problems,
  ];
  if (!found.every(costsOneEntry)) throw invalid(found, file);
  const problems = [...found, ...keyPassedOn(withRefusals(files.value, found))];
  const settings = applyEnvironment(withRefusals(files.value, problems), readEnvironment(env));
  requireSameRevision(settings.systemConfig.cluster.revision, variables, env);
  const wrong = [...nodeModeProblems(settings), ...lostSecrets(raw, settings, unset)];
  if (wrong.length > 0) throw invalid([...wrong.map((problem) => ({ path: [], problem })), ...problems], file);
  const unsetWarnings = unset
    .filter(({ path }) => valueAt(expanded, [...path.slice(0, 2), 'enabled']) !== false)
    .map(({ name, path }) => `${formatPath(path)}: the variable ${name} is not set; it counts as empty`);
  return {
    settings,
    faults: sentences(problems),
    warnings: [...unsetWarnings, ...unknown.warnings, ...settingsWarnings(settings)],
  };
}

function invalid(problems: readonly LocatedProblem[], file?: string): SettingsError {
  return new SettingsError('MCPHUB_SETTINGS_INVALID', sentences(problems), file);
}

function sentences(problems: readonly LocatedProblem[]): string[] {
  return [...new Set(problems.map(({ problem }) => problem))];
}

/** A key of which only a part is there could be guessed. */
function halfKeys(value: unknown, unset: readonly UnsetVariable[]): LocatedProblem[] {
  return unset.flatMap(({ name, path }) => {
    if (path[0] !== 'bearerKeys' || valueAt(value, [...path.slice(0, 2), 'enabled']) === false) return [];
    return { path, problem: `${formatPath(path)}: ${notSet([name])}` };
  });
}

/** Variables are expanded in servers, cluster and tokens of bearer keys: where addresses, commands and secrets are. */
function expandSettings(raw: unknown, env: Environ): { value: unknown; unset: UnsetVariable[] } {
  const unset: UnsetVariable[] = [];
  let value = raw;
  const keys = valueAt(raw, ['bearerKeys']);
  const tokens = Array.isArray(keys) ? keys.map((_, index): JsonPath => ['bearerKeys', index, 'token']) : [];
  for (const path of [['mcpServers'], ['systemConfig', 'cluster'], ...tokens]) {
    const part = valueAt(value, path);
    if (part === undefined) continue;
    const expanded = expand(part, env, path);
    for (const variable of expanded.unset) unset.push(variable);
    value = withValue(value, path, expanded.value);
  }
  return { value, unset };
}

/** A copy of `value` in which what is at `path`, which exists, is `replacement`. */
function withValue(value: unknown, [key, ...rest]: JsonPath, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? withValue(item, rest, replacement) : item));
  const record = value as Record<PropertyKey, unknown>;
  return { ...record, [key]: withValue(record[key], rest, replacement) };
}

function nodeModeProblems(settings: Settings): string[] {
  const { node } = settings.systemConfig.cluster;
  if (clusterModeOf(settings) !== 'node' || node.coordinatorUrl.length > 0) return [];
  return [
    'systemConfig.cluster.node.coordinatorUrl: Node configuration is required for cluster node mode; ' +
      'add "node": { "coordinatorUrl": "http://<coordinator>:3000" } to systemConfig.cluster, or set MCPHUB_COORDINATOR_URL',
  ];
}

/** A cluster whose secret comes from a variable that is unset must not run open. */
function lostSecrets(raw: unknown, settings: Settings, unset: readonly UnsetVariable[]): string[] {
  const { cluster } = settings.systemConfig;
  if (clusterModeOf(settings) === 'standalone') return [];
  return (['token', 'secret'] as const).flatMap((key) => {
    const path = ['systemConfig', 'cluster', key];
    const names = unset.filter((item) => formatPath(item.path).startsWith(formatPath(path))).map(({ name }) => name);
    if (names.length === 0 || cluster[key].length > 0 || valueAt(raw, path) === undefined) return [];
    return `${formatPath(path)}: it is empty, because ${names.join(', ')} is not set; set it, or remove the key`;
  });
}

function duplicateWarning(text: string, { offset, path }: DuplicateKey): string {
  return `${formatPath(path)}: the key is there twice, again at ${lineAndColumn(text, offset)}; only the last one counts`;
}
