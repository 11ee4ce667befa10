import { translateEntry } from './dialect.ts';
import { withEnvFile } from './env-files.ts';
import type { UnsetVariable } from './expand.ts';
import { type LocatedProblem, locateIssues } from './issues.ts';
import { isObject, type JsonPath, valueAt } from './path.ts';
import { unkeptRestrictions, withoutRestrictions } from './restrictions.ts';
import { type ServerConfig, type Settings, settingsSchema } from './schema.ts';

/** Settings in our own words, whose entries were looked at one by one. */
export interface Prepared {
  value: unknown;
  problems: LocatedProblem[];
  /** The path that the file has in place of one in our words. */
  written(path: JsonPath): JsonPath;
}

/** The maps and lists of which one bad entry costs that entry alone. */
const ENTRIES = ['mcpServers', 'groups'] as const;

/** Puts each server into our own words, and finds the entries that cannot be kept from whom or what they ask. */
export function prepare(value: unknown): Prepared {
  const problems: LocatedProblem[] = [];
  const written = new Map<string, ReadonlyMap<string, string>>();
  const ignore = valueAt(value, ['systemConfig', 'routing', 'ignoreRestrictions']) === true;
  const keep = (entry: unknown, path: JsonPath) => {
    if (ignore) return withoutRestrictions(entry);
    const isOff = isObject(entry) && entry.enabled === false;
    const found = isOff ? [] : unkeptRestrictions(entry, path);
    problems.push(...found.map((problem) => ({ path, problem })));
    return isOff || found.length > 0 ? withoutRestrictions(entry) : entry;
  };
  const result = isObject(value) ? { ...value } : value;
  if (isObject(result) && isObject(result.mcpServers)) {
    result.mcpServers = mapEntries(result.mcpServers, (name, raw) => {
      const translated = translateEntry(raw);
      written.set(name, translated.written);
      return keep(translated.entry, ['mcpServers', name]);
    });
  }
  if (isObject(result) && Array.isArray(result.groups)) {
    result.groups = result.groups.map((group, index) => keep(group, ['groups', index]));
  }
  return { value: result, problems, written: (path) => writtenPath(path, written) };
}

function writtenPath(path: JsonPath, written: ReadonlyMap<string, ReadonlyMap<string, string>>): JsonPath {
  const [list, name, key, ...rest] = path;
  const theirs = list === 'mcpServers' ? written.get(String(name))?.get(String(key)) : undefined;
  return theirs === undefined ? path : ['mcpServers', String(name), theirs, ...rest];
}

/** Reads the `envFile` of every server. */
export function readEnvFiles(value: unknown, file: string): { value: unknown; problems: LocatedProblem[] } {
  const problems: LocatedProblem[] = [];
  if (!isObject(value) || !isObject(value.mcpServers)) return { value, problems };
  const mcpServers = mapEntries(value.mcpServers, (name, raw) => {
    const { entry, problem } = withEnvFile(name, raw, file);
    if (problem !== undefined) problems.push({ path: ['mcpServers', name, 'envFile'], problem });
    return entry;
  });
  return { value: { ...value, mcpServers }, problems };
}

/**
 * What is wrong with settings in the eyes of the schema, each once.
 * @param value with the values of variables, and `unset` those that have none
 */
export function schemaProblems(prepared: Prepared, value: unknown, unset: readonly UnsetVariable[]): LocatedProblem[] {
  const result = settingsSchema.safeParse(value);
  const context = { unset, unexpanded: prepared.value, written: prepared.written };
  const problems = result.success ? [] : locateIssues(result.error.issues, value, context);
  const servers = valueAt(value, ['mcpServers']);
  if (isObject(servers) && Object.hasOwn(servers, '__proto__')) {
    const problem = 'mcpServers.__proto__: a server cannot have this name; choose another';
    problems.push({ path: ['mcpServers', '__proto__'], problem });
  }
  return problems;
}

/** Whether a problem is that of one server or group, so that the others can be used. */
export function costsOneEntry({ path }: LocatedProblem): boolean {
  return path.length >= 2 && ENTRIES.some((list) => list === path[0]);
}

/**
 * Settings in which bad servers stand with the reason why they are refused, and bad groups are empty: a name that is known opens
 * nothing else.
 *
 * @param value which has no other problems than those
 */
export function withRefusals(value: unknown, problems: readonly LocatedProblem[]): Settings {
  const reasons = Map.groupBy(problems, ({ path: [list, entry] }) => JSON.stringify([list, entry]));
  const isBad = (...path: JsonPath) => reasons.has(JSON.stringify(path));
  const { mcpServers = {}, groups = [], ...rest } = (isObject(value) ? value : {}) as Record<string, object>;
  const good = Object.fromEntries(Object.entries(mcpServers).filter(([name]) => !isBad('mcpServers', name)));
  const kept = Object.values(groups).flatMap((group, index) => (isBad('groups', index) ? emptyGroup(group) : [group]));
  const settings = settingsSchema.parse({ ...rest, mcpServers: good, groups: kept });
  const servers = Object.keys(mcpServers).flatMap((name): [string, ServerConfig][] => {
    const known = settings.mcpServers[name];
    if (!isBad('mcpServers', name)) return known === undefined ? [] : [[name, known]];
    if (name === '__proto__') return [];
    const refused = reasons.get(JSON.stringify(['mcpServers', name]))?.map(({ problem }) => problem);
    const isOff = valueAt(mcpServers, [name, 'enabled']) === false;
    return [[name, { ...(isOff && { enabled: false }), refused: (refused ?? []).join('; ') }]];
  });
  return { ...settings, mcpServers: Object.fromEntries(servers) };
}

function emptyGroup(group: unknown): object[] {
  if (!isObject(group) || typeof group.name !== 'string' || group.name === '') return [];
  const id = typeof group.id === 'string' ? { id: group.id } : {};
  return [{ ...id, name: group.name, servers: [] }];
}

function mapEntries(map: Record<string, unknown>, change: (name: string, value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(name, value)] as const));
}
