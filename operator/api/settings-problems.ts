import { formatPath } from '../../settings/path.ts';
import type { SpecProblem } from './problem.ts';
import type { McpHubClusterSpec } from './types.ts';

/** The lists of settings whose items are told apart by name, and where the spec has them. */
const LISTS = { groups: 'spec.groups', bearerKeys: 'spec.auth.bearerKeys' } as const;

/**
 * A problem that the hub finds in the settings that follow from a spec, where it can be repaired: in the spec, or in the document of
 * `settingsFrom`.
 *
 * @param settings as merged from both
 * @param problem `path: message`, as the settings say it
 * @example specProblem(spec, settings, 'mcpServers.fetch.args[1]: expected string, got number').path // 'spec.mcpServers.fetch.args[1]'
 */
export function specProblem(spec: McpHubClusterSpec, settings: unknown, problem: string): SpecProblem {
  const { path, message } = split(problem);
  const place = serverPlace(spec, path) ?? itemPlace(spec, settings, path) ?? clusterPlace(path);
  if (place !== undefined) return { path: place, message };
  if (spec.settingsFrom === undefined) return { path: `spec.${path}`, message };
  if (spec.settingsFrom.secretKeyRef === undefined) {
    return { path: 'spec.settingsFrom.configMapKeyRef', message: `${path}: ${message}` };
  }
  return { path: 'spec.settingsFrom.secretKeyRef', message: `${path}: ${withoutValue(message)}` };
}

/** What the hub says of a wrong value may quote it; problems go into the status, for everybody to read. */
function withoutValue(message: string): string {
  return message.replace(/, got .*$/s, '; what is there is not shown, since it comes from a Secret');
}

/** Keys in quotes may have a colon and a space in them. */
function split(problem: string): { path: string; message: string } {
  const [whole = '', path = ''] = /^((?:\["(?:[^"\\]|\\.)*"\]|[^"])*?): /s.exec(problem) ?? [];
  return { path, message: problem.slice(whole.length) };
}

function serverPlace({ mcpServers = {} }: McpHubClusterSpec, path: string): string | undefined {
  const name = Object.keys(mcpServers).find((candidate) => startsWith(path, formatPath(['mcpServers', candidate])));
  return name === undefined ? undefined : `spec.${path}`;
}

/** Positions differ where `settingsFrom` has items as well, names do not. */
function itemPlace(spec: McpHubClusterSpec, settings: unknown, path: string): string | undefined {
  const [whole = '', list, index] = /^(groups|bearerKeys)\[(\d+)\]/.exec(path) ?? [];
  if (list === undefined || index === undefined) return undefined;
  const name = nameOf(settings, list, Number(index));
  const own = list === 'groups' ? spec.groups : spec.auth?.bearerKeys;
  const position = own?.findIndex((item) => item.name === name) ?? -1;
  // The token of a key is in a Secret, and the spec says in which.
  const field = path.slice(whole.length).replace(/^\.token$/, '.secretKeyRef');
  return position < 0 ? undefined : `${LISTS[list as keyof typeof LISTS]}[${position}]${field}`;
}

function nameOf(settings: unknown, list: string, index: number): unknown {
  const items = (settings as Record<string, unknown> | null)?.[list];
  return Array.isArray(items) ? items[index]?.name : undefined;
}

/** Fields of the spec that become `systemConfig.cluster`. */
function clusterPlace(path: string): string | undefined {
  const [, part, field] = /^systemConfig\.cluster\.(coordinator|node|stickySession)\.(\w+)$/.exec(path) ?? [];
  if (part === undefined || field === undefined) return undefined;
  if (field === 'stickySessionTimeout') return 'spec.stickySession.timeout';
  return `spec.${part === 'node' ? 'nodes' : part}.${field}`;
}

function startsWith(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && /^($|\.|\[)/.test(path.slice(prefix.length));
}
