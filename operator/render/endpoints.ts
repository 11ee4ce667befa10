import { PORTS, RENDER_DEFAULTS } from './defaults.ts';
import { defined } from './json-map.ts';
import { COORDINATOR, type Manifest, manifest, type RenderContext, selectorOf } from './manifest.ts';
import { nodeRole } from './node.ts';
import type { Pool } from './pools.ts';

const MCP_PORT = { name: 'mcp', port: PORTS.mcp, targetPort: 'mcp', protocol: 'TCP' } as const;
const METRICS_PORT = { name: 'metrics', port: PORTS.metrics, targetPort: 'metrics', protocol: 'TCP' } as const;

/** The Service that clients use. Fields of load balancers and node ports are left out where the type has none. */
export function publicEndpoint(context: RenderContext): Manifest {
  const { service = {} } = context.spec.coordinator ?? {};
  const { type = 'ClusterIP', port = RENDER_DEFAULTS.servicePort, nodePort } = service;
  const isExternal = type !== 'ClusterIP';
  const isBalanced = type === 'LoadBalancer';
  return manifest(
    context,
    {
      apiVersion: 'v1',
      kind: 'Service',
      name: context.names.public,
      role: COORDINATOR,
      labels: service.labels,
      annotations: service.annotations,
    },
    {
      spec: defined({
        type,
        selector: selectorOf(context, COORDINATOR),
        ports: [defined({ ...MCP_PORT, port, appProtocol: 'http', nodePort: isExternal ? nodePort : undefined })],
        loadBalancerClass: isBalanced ? service.loadBalancerClass : undefined,
        loadBalancerSourceRanges: isBalanced ? service.loadBalancerSourceRanges : undefined,
        externalTrafficPolicy: isExternal ? service.externalTrafficPolicy : undefined,
      }),
    },
  );
}

/** The name by which nodes find every coordinator, also those that are not ready yet: they become ready by their nodes. */
export function coordinatorsEndpoint(context: RenderContext): Manifest {
  return manifest(
    context,
    { apiVersion: 'v1', kind: 'Service', name: context.names.coordinators, role: COORDINATOR },
    {
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorOf(context, COORDINATOR),
        ports: [MCP_PORT, METRICS_PORT],
      },
    },
  );
}

/** A headless Service of a pool, which exists only because a ServiceMonitor cannot do without. */
export function nodeMetricsEndpoint(context: RenderContext, pool: Pool): Manifest {
  const role = nodeRole(pool);
  return manifest(
    context,
    { apiVersion: 'v1', kind: 'Service', name: context.names.pool(pool.name), role },
    {
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorOf(context, role),
        ports: [METRICS_PORT],
      },
    },
  );
}
