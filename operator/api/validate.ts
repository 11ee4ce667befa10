import { closest } from '../../settings/closest.ts';
import { formatPath } from '../../settings/path.ts';
import type { SpecProblem } from './problem.ts';
import { SERVER } from './schema/servers.ts';
import type { GroupSpec, McpHubClusterSpec, McpServerSpec, NodesSpec } from './types.ts';

/** Groups and keys of the spec that name servers or groups that exist nowhere. */
export function referenceProblems(spec: McpHubClusterSpec, settings: unknown): SpecProblem[] {
  const document = (settings ?? {}) as { mcpServers?: object; groups?: unknown };
  const servers = [...new Set([...Object.keys(document.mcpServers ?? {}), ...Object.keys(spec.mcpServers ?? {})])];
  const known: GroupSpec[] = [...(Array.isArray(document.groups) ? document.groups : []), ...(spec.groups ?? [])];
  const groups = known.flatMap(({ id, name }) => [id ?? [], name].flat());
  const inGroups = (spec.groups ?? []).flatMap(({ servers: members = [] }, index) =>
    members.map((member, at) => ({
      path: `spec.groups[${index}].servers[${at}]${typeof member === 'string' ? '' : '.name'}`,
      name: typeof member === 'string' ? member : member?.name,
    })),
  );
  const keys = (spec.auth?.bearerKeys ?? []).map(({ allowedServers = [], allowedGroups = [] }, index) => {
    const path = `spec.auth.bearerKeys[${index}]`;
    return {
      servers: allowedServers.map((name, at) => ({ path: `${path}.allowedServers[${at}]`, name })),
      groups: allowedGroups.map((name, at) => ({ path: `${path}.allowedGroups[${at}]`, name })),
    };
  });
  return [
    ...unknown('server', 'spec.mcpServers', servers, [...inGroups, ...keys.flatMap((key) => key.servers)]),
    ...unknown(
      'group',
      'spec.groups',
      groups,
      keys.flatMap((key) => key.groups),
    ),
  ];
}

/** Names of another type than text are the schema's to refuse. */
function unknown(
  kind: string,
  home: string,
  known: readonly string[],
  used: readonly { path: string; name: unknown }[],
): SpecProblem[] {
  return used.flatMap(({ path, name }) => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    const meant = closest(name, known);
    const remedy =
      meant === undefined ? `add it to ${home}, or remove the name` : `write "${meant}", or add it to ${home}`;
    return { path, message: `there is no ${kind} "${name}"; ${remedy}` };
  });
}

/** What works, and is likely not meant. */
export function specWarnings({ mcpServers = {}, nodes = {}, nodePools = [] }: McpHubClusterSpec): SpecProblem[] {
  return [
    ...Object.entries(mcpServers).flatMap(([name, entry]) => [...slips(name, entry), ...openSecrets(name, entry)]),
    ...shareOfNothing('spec.nodes', nodes),
    ...nodePools.flatMap((pool, index) => shareOfNothing(`spec.nodePools[${index}]`, pool)),
  ];
}

/** A LimitRange or the Pod template may still bring a request, so it is no problem. */
function shareOfNothing(path: string, { autoscaling, resources }: NodesSpec): SpecProblem[] {
  if (autoscaling?.cpu === undefined || resources?.requests?.cpu !== undefined) return [];
  const message =
    'it is a share of what Pods request, and they request no CPU; add resources.requests.cpu, such as 500m';
  return [{ path: `${path}.autoscaling.cpu`, message }];
}

function slips(server: string, entry: McpServerSpec): SpecProblem[] {
  const keys = Object.keys(SERVER.fields);
  return Object.keys(entry).flatMap((key) => {
    const meant = keys.includes(key) ? undefined : closest(key, keys);
    if (meant === undefined) return [];
    const path = formatPath(['spec', 'mcpServers', server, key]);
    return { path, message: `the key is unknown and has no effect; did you mean "${meant}"?` };
  });
}

const SECRET_NAME = /token|secret|password|passwd|api[-_]?key|^authorization$|credential/i;

/** Values are in this object and in a ConfigMap, where everybody may read them who reads either. */
function openSecrets(server: string, { env = {}, headers = {} }: McpServerSpec): SpecProblem[] {
  const found = Object.entries({ env, headers }).flatMap(([field, values]) =>
    Object.entries(values)
      .filter(([name, value]) => SECRET_NAME.test(name) && value !== '' && !value.includes('$'))
      .map(([name]) => ({ field, name })),
  );
  return found.map(({ field, name }) => ({
    path: formatPath(['spec', 'mcpServers', server, field, name]),
    message: `it looks like a secret in plain text; put it into a Secret, and name that in ${field}From`,
  }));
}
