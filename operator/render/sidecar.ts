import { formatPath } from '../../settings/path.ts';
import type { McpHubClusterSpec, ServerContainerSpec } from '../api/types.ts';
import { shortHash } from './canonical-json.ts';
import { PORTS } from './defaults.ts';
import type { SpecProblem } from './input.ts';
import { defined, type JsonMap, ownValue } from './json-map.ts';
import { CONTAINER_SECURITY, resourcesOf } from './pod-defaults.ts';
import type { Pool } from './pools.ts';

/** A server that is a container of every Pod of its pool, with the volume that it may write to. */
export interface Sidecar {
  container: JsonMap;
  volume: JsonMap;
}

/** The sidecars of a pool, in the order of its servers; a server that is switched off has none. */
export function sidecarsOf(spec: McpHubClusterSpec, servers: readonly string[]): Sidecar[] {
  return containersOf(spec, servers).map(([server, container]) => sidecar(spec, server, container));
}

/** Containers of a Pod share its network: each needs a port of its own. */
export function sidecarProblems(spec: McpHubClusterSpec, { servers, name: pool }: Pool): SpecProblem[] {
  const taken = new Map<number, string>(Object.values(PORTS).map((port) => [port, 'the node itself']));
  return containersOf(spec, servers).flatMap(([server, { port }]) => {
    const holder = taken.get(port);
    if (holder === undefined) taken.set(port, `the server "${server}"`);
    if (holder === undefined) return [];
    const message = `${port} is the port of ${holder} in the pool "${pool}" already; choose another, or another pool`;
    return { path: formatPath(['spec', 'mcpServers', server, 'container', 'port']), message };
  });
}

/** Name of the container of a server: readable, unique, and at most 53 characters, as names of containers have to be short. */
export function containerName(server: string): string {
  const slug = server
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 36)
    .replace(/-+$/, '');
  return slug === server ? `server-${slug}` : ['server', slug, shortHash(server).slice(0, 8)].filter(Boolean).join('-');
}

function containersOf(spec: McpHubClusterSpec, servers: readonly string[]): [string, ServerContainerSpec][] {
  return servers.flatMap((server): [string, ServerContainerSpec][] => {
    const entry = ownValue(spec.mcpServers, server);
    return entry?.container === undefined || entry.enabled === false ? [] : [[server, entry.container]];
  });
}

/**
 * A native sidecar (an init container that is always restarted): it starts before the node and ends after it, so that a
 * draining node can finish its calls. An ordinary container would get SIGTERM at the same moment as the node. It has no
 * probes of its own accord: one server that does not come up must not keep the node with all others from working.
 */
function sidecar(spec: McpHubClusterSpec, server: string, container: ServerContainerSpec): Sidecar {
  const name = containerName(server);
  const { port, readinessProbe, livenessProbe, startupProbe } = container;
  return {
    container: defined({
      name,
      image: container.image,
      imagePullPolicy: spec.image?.pullPolicy ?? 'IfNotPresent',
      restartPolicy: 'Always',
      command: container.command,
      args: container.args,
      env: container.env,
      envFrom: container.envFrom,
      ports: [{ containerPort: port, protocol: 'TCP' }],
      readinessProbe,
      livenessProbe,
      startupProbe,
      resources: resourcesOf(container.resources),
      securityContext: { ...CONTAINER_SECURITY, ...container.securityContext },
      volumeMounts: [{ name: `tmp-${name}`, mountPath: '/tmp' }],
    }),
    volume: { name: `tmp-${name}`, emptyDir: {} },
  };
}
