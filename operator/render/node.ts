import type { VolumeSpec } from '../api/types.ts';
import { basePathOf, coordinatorUrl } from './base-path.ts';
import { PORTS, RENDER_DEFAULTS } from './defaults.ts';
import { deployment } from './deployment.ts';
import { defined, type JsonMap } from './json-map.ts';
import type { Manifest, RenderContext, Role } from './manifest.ts';
import type { Pool } from './pools.ts';
import { sidecarsOf } from './sidecar.ts';

/** Deployment of the nodes of a pool, with a sidecar for every server of it that is a container. */
export function nodeDeployment(context: RenderContext, pool: Pool): Manifest {
  const { spec, names, input } = context;
  const { volumes = [], drainTimeout = RENDER_DEFAULTS.drainTimeout } = pool.spec;
  const sidecars = sidecarsOf(spec, pool.servers);
  return deployment(context, {
    name: names.pool(pool.name),
    role: nodeRole(pool),
    image: spec.image?.node ?? input.defaults.nodeImage,
    replicas: pool.spec.autoscaling === undefined ? (pool.spec.replicas ?? RENDER_DEFAULTS.nodeReplicas) : undefined,
    drain: drainTimeout,
    pods: pool.spec,
    // Kubernetes replaces $(POD_IP) itself. It knows no way to put an IPv6 address between brackets: on a cluster of
    // IPv6 alone a podTemplate patch deletes MCPHUB_NODE_URL, and nodes advertise the address that they call from.
    env: [
      { name: 'MCPHUB_NODE_ID', valueFrom: fieldRef('metadata.name') },
      { name: 'POD_IP', valueFrom: fieldRef('status.podIP') },
      { name: 'MCPHUB_NODE_URL', value: `http://$(POD_IP):${PORTS.mcp}` },
      // Addresses are read at the start only: nodes have to restart when the path of the coordinators changes.
      ...(basePathOf(spec) === '' ? [] : [{ name: 'MCPHUB_COORDINATOR_URL', value: coordinatorUrl(context) }]),
    ],
    volumes: [...volumes.map(({ name, source }) => ({ name, ...source })), ...sidecars.map(({ volume }) => volume)],
    volumeMounts: volumes.map(mountOf),
    initContainers: sidecars.map(({ container }) => container),
  });
}

export function nodeRole(pool: Pick<Pool, 'name'>): Role {
  return { component: 'node', pool: pool.name };
}

function fieldRef(fieldPath: string): JsonMap {
  return { fieldRef: { apiVersion: 'v1', fieldPath } };
}

function mountOf({ name, mountPath, subPath, readOnly }: VolumeSpec): JsonMap {
  return defined({ name, mountPath, subPath, readOnly });
}
