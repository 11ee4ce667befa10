import type { McpHubClusterSpec, McpHubClusterStatus } from '../../../../operator/api/types.ts';
import type { HubView, NodeReading, ServerReading } from '../../../../operator/hub/view.ts';
import type { KubeObject } from '../../../../operator/kube/contract.ts';
import type { ReportInput } from '../../../../operator/reconcile/report/facts.ts';

export const NOW = Date.parse('2026-08-01T12:00:00Z');

export function deployment(
  role: string,
  wanted: number,
  status: Record<string, unknown> = {},
): ReportInput['deployments'][number] {
  const complete = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' };
  return {
    role,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `demo-${role}`, generation: 1 },
      spec: { replicas: wanted, selector: { matchLabels: { b: role, a: 'demo' } } },
      status: {
        observedGeneration: 1,
        replicas: wanted,
        readyReplicas: wanted,
        updatedReplicas: wanted,
        conditions: [complete],
        ...status,
      },
    },
  };
}

export function pod(
  name: string,
  component: 'coordinator' | 'node',
  status: Record<string, unknown> = {},
  seconds = 600,
): KubeObject {
  const since = new Date(NOW - seconds * 1000).toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, creationTimestamp: since, labels: { 'app.kubernetes.io/component': component } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }], ...status },
  };
}

export const UNREADY = { conditions: [{ type: 'Ready', status: 'False' }] };

export function node(id: string, more: Partial<NodeReading> = {}): NodeReading {
  const servers = { echo: { status: 'connected' as const, protocol: '2025-11-25', version: '1', tools: 3 } };
  return { id, active: true, draining: false, sessions: 2, servers, ...more };
}

export function view(...nodes: NodeReading[]): HubView {
  return { coordinators: [{ pod: 'c-1' }], nodes };
}

/** Both nodes have the server `echo` in this state. */
export function everywhere(echo: ServerReading): HubView {
  return view(node('n-1', { servers: { echo } }), node('n-2', { servers: { echo } }));
}

/** A cluster in which all is well, but for what a test says. */
export function input(
  more: Partial<ReportInput> = {},
  spec: McpHubClusterSpec = {},
  status?: McpHubClusterStatus,
): ReportInput {
  return {
    cluster: {
      apiVersion: 'mcphub.io/v1alpha1',
      kind: 'McpHubCluster',
      metadata: { name: 'demo', namespace: 'apps', generation: 4 },
      spec: { mcpServers: { echo: { command: 'echo' } }, ...spec },
      ...(status === undefined ? {} : { status }),
    },
    problems: [],
    troubles: [],
    deployments: [deployment('coordinator', 1), deployment('nodes', 2)],
    pods: [pod('c-1', 'coordinator'), pod('n-1', 'node'), pod('n-2', 'node')],
    service: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'demo' }, spec: { ports: [{ port: 80 }] } },
    view: view(node('n-1'), node('n-2')),
    behind: [],
    handshake: { ok: true, answered: true, generation: 4 },
    basePath: '',
    domain: 'cluster.local',
    now: NOW,
    ...more,
  };
}

export function conditionsOf(status: McpHubClusterStatus): Record<string, string> {
  return Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]),
  );
}

export function message(status: McpHubClusterStatus, type: string): string {
  return status.conditions?.find((condition) => condition.type === type)?.message ?? '';
}
