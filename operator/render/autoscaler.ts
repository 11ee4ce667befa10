import type { AutoscalingSpec } from '../api/types.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import { defined, type JsonMap } from './json-map.ts';
import { type Manifest, manifest, type RenderContext } from './manifest.ts';
import { nodeRole } from './node.ts';
import { podPattern } from './pod-pattern.ts';
import type { Pool } from './pools.ts';
import { canonicalQuantity } from './quantity.ts';

/** A node that goes takes its sessions' processes with it: one a minute, and only after five quiet minutes. */
const BEHAVIOR = {
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
  },
} as const;

const SESSIONS = 'mcphub_node_sessions';

/** The HorizontalPodAutoscaler or ScaledObject of a pool; none where its number of nodes is fixed. */
export function autoscaler(context: RenderContext, pool: Pool): Manifest[] {
  const { autoscaling } = pool.spec;
  if (autoscaling === undefined) return [];
  return [
    autoscaling.provider === 'keda'
      ? scaledObject(context, pool, autoscaling)
      : podAutoscaler(context, pool, autoscaling),
  ];
}

function podAutoscaler(context: RenderContext, pool: Pool, spec: AutoscalingSpec): Manifest {
  const name = context.names.pool(pool.name);
  return manifest(
    context,
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name, role: nodeRole(pool) },
    {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: spec.min ?? RENDER_DEFAULTS.minReplicas,
        maxReplicas: spec.max,
        metrics: [...cpuMetric(spec), ...sessionsMetric(spec)],
        behavior: BEHAVIOR,
      },
    },
  );
}

function cpuMetric({ cpu }: AutoscalingSpec): JsonMap[] {
  if (cpu === undefined) return [];
  const target = { type: 'Utilization', averageUtilization: cpu };
  return [{ type: 'Resource', resource: { name: 'cpu', target } }];
}

function sessionsMetric({ sessionsPerNode }: AutoscalingSpec): JsonMap[] {
  if (sessionsPerNode === undefined) return [];
  const target = { type: 'AverageValue', averageValue: canonicalQuantity(sessionsPerNode) };
  return [{ type: 'Pods', pods: { metric: { name: SESSIONS }, target } }];
}

function scaledObject(context: RenderContext, pool: Pool, spec: AutoscalingSpec): Manifest {
  const name = context.names.pool(pool.name);
  const { cpu } = spec;
  return manifest(
    context,
    { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name, role: nodeRole(pool) },
    {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicaCount: spec.min ?? RENDER_DEFAULTS.minReplicas,
        maxReplicaCount: spec.max,
        advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } },
        triggers: [
          ...(cpu === undefined ? [] : [{ type: 'cpu', metricType: 'Utilization', metadata: { value: String(cpu) } }]),
          ...sessionsTrigger(context, pool, spec),
        ],
      },
    },
  );
}

function sessionsTrigger(context: RenderContext, pool: Pool, spec: AutoscalingSpec): JsonMap[] {
  if (spec.sessionsPerNode === undefined) return [];
  const pods = podPattern([context.names.pool(pool.name)]);
  const metadata = defined({
    serverAddress: spec.prometheusAddress,
    query: `sum(${SESSIONS}{namespace="${context.namespace}",pod=~"${pods}"})`,
    threshold: String(spec.sessionsPerNode),
  });
  return [{ type: 'prometheus', metricType: 'AverageValue', metadata }];
}
