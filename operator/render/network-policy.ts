import type { NetworkPolicySpec } from '../api/types.ts';
import { PORTS } from './defaults.ts';
import { defined, type JsonMap } from './json-map.ts';
import { COORDINATOR, type Manifest, manifest, type RenderContext, type Role, selectorOf } from './manifest.ts';
import { nodeRole } from './node.ts';
import type { Pool } from './pools.ts';

/** Who reaches coordinators: clients, the nodes of this cluster, the operator, and for metrics those who scrape. */
export function coordinatorPolicy(context: RenderContext, spec: NetworkPolicySpec): Manifest {
  const { operator } = context.input.defaults;
  const own = [
    podsOf(context, { component: 'node' }),
    ...(operator === undefined
      ? []
      : [{ namespaceSelector: nameIs(operator.namespace), podSelector: { matchLabels: operator.labels } }]),
  ];
  return policy(context, { name: context.names.coordinator, role: COORDINATOR }, [
    ...rule(PORTS.mcp, spec.clients === undefined ? undefined : [...spec.clients, ...own]),
    ...metricsRule(spec),
  ]);
}

/** Nodes are reached through the coordinators of their cluster only. What their servers call is left open. */
export function nodePolicy(context: RenderContext, spec: NetworkPolicySpec, pool: Pool): Manifest {
  return policy(context, { name: context.names.pool(pool.name), role: nodeRole(pool) }, [
    ...rule(PORTS.mcp, [podsOf(context, COORDINATOR)]),
    ...metricsRule(spec),
  ]);
}

function policy(context: RenderContext, { name, role }: { name: string; role: Role }, ingress: JsonMap[]): Manifest {
  return manifest(
    context,
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name, role },
    { spec: { podSelector: { matchLabels: selectorOf(context, role) }, policyTypes: ['Ingress'], ingress } },
  );
}

/** Probes of the kubelet come from the Pod's own machine, which no policy shuts out. */
function metricsRule({ monitoring }: NetworkPolicySpec): JsonMap[] {
  return rule(PORTS.metrics, monitoring ?? [{ namespaceSelector: {} }]);
}

/** Absent peers mean everybody. An empty list means nobody here; Kubernetes would take it for everybody, so there is no rule. */
function rule(port: number, from: JsonMap[] | undefined): JsonMap[] {
  return from?.length === 0 ? [] : [defined({ from, ports: [{ port, protocol: 'TCP' }] })];
}

function podsOf(context: RenderContext, role: Role): JsonMap {
  return { podSelector: { matchLabels: selectorOf(context, role) } };
}

function nameIs(namespace: string): JsonMap {
  return { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
}
