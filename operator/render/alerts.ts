import { type Manifest, manifest, type RenderContext } from './manifest.ts';
import { podPattern } from './pod-pattern.ts';
import type { Pool } from './pools.ts';

interface Alert {
  alert: string;
  expr: string;
  for: string;
  severity: 'warning' | 'critical';
  summary: string;
  description: string;
  runbook: string;
}

/** Selectors of Prometheus for the Pods of one cluster. */
export interface MetricScope {
  coordinators: string;
  nodes: string;
}

export function metricScope({ namespace, names }: RenderContext, pools: readonly Pick<Pool, 'name'>[]): MetricScope {
  const of = (deployments: string[]) => `namespace="${namespace}",pod=~"${podPattern(deployments)}"`;
  return { coordinators: of([names.coordinator]), nodes: of(pools.map(({ name }) => names.pool(name))) };
}

/** A PrometheusRule with the alerts of one cluster, where the spec asks for it. */
export function alertRules(context: RenderContext, pools: readonly Pool[]): Manifest[] {
  const { monitoring } = context.spec;
  if (monitoring?.rules !== true) return [];
  const { cluster, namespace, names } = context;
  const scope = metricScope(context, pools);
  const rules = [...availabilityAlerts(scope), ...nodeAlerts(scope), ...serverAlerts(scope)].map((alert) => ({
    alert: alert.alert,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity, mcphub_cluster: cluster, namespace },
    annotations: {
      summary: `${alert.summary} (McpHubCluster ${namespace}/${cluster})`,
      description: alert.description,
      runbook: alert.runbook.replaceAll('CLUSTER', cluster).replaceAll('NAMESPACE', namespace),
    },
  }));
  return [
    manifest(
      context,
      { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', name: names.public, labels: monitoring.labels },
      { spec: { groups: [{ name: `mcphub-${namespace}-${cluster}`, rules }] } },
    ),
  ];
}

function availabilityAlerts({ coordinators }: MetricScope): Alert[] {
  const total = `mcphub_coordinator_requests_total{${coordinators}}`;
  const failed = `mcphub_coordinator_requests_total{${coordinators},status="5xx"}`;
  return [
    {
      alert: 'McpHubNoActiveNode',
      expr: `max(mcphub_coordinator_nodes{${coordinators},status="active"}) == 0`,
      for: '1m',
      severity: 'critical',
      summary: 'No node takes sessions',
      description: 'Coordinators know no active node, so that every new session is refused.',
      runbook:
        'kubectl -n NAMESPACE describe mhc CLUSTER says what is wrong. Then look at the Pods (kubectl -n NAMESPACE get pods -l mcphub.io/cluster=CLUSTER) and at the logs of those that are not ready.',
    },
    {
      alert: 'McpHubErrors',
      expr: `sum(rate(${failed}[5m])) / sum(rate(${total}[5m])) > 0.01`,
      for: '10m',
      severity: 'warning',
      summary: 'More than 1 % of requests fail',
      description:
        '{{ $value | humanizePercentage }} of the MCP requests of the last 5 minutes were answered with 5xx.',
      runbook:
        'mcphub_coordinator_upstream_failures_total says how nodes failed; kubectl -n NAMESPACE logs -l mcphub.io/cluster=CLUSTER,app.kubernetes.io/component=coordinator has the code of each error, which docs/errors.md explains.',
    },
    {
      alert: 'McpHubRefusals',
      expr: `sum by (limit) (rate(mcphub_coordinator_limit_refusals_total{${coordinators}}[5m])) > 0.1`,
      for: '15m',
      severity: 'warning',
      summary: 'Requests are refused because of a limit',
      description: 'The limit {{ $labels.limit }} refuses {{ $value | humanize }} requests a second.',
      runbook:
        'Find the client that opens so many sessions, or raise systemConfig.cluster.limits in the document of spec.settingsFrom.',
    },
  ];
}

function nodeAlerts({ coordinators, nodes }: MetricScope): Alert[] {
  return [
    {
      alert: 'McpHubNodeLost',
      expr: `max(mcphub_coordinator_nodes{${coordinators},status="unhealthy"}) > 0`,
      for: '2m',
      severity: 'warning',
      summary: 'A node sends no heartbeats',
      description:
        '{{ $value }} nodes have been silent for longer than nodeTimeout. Their sessions go on at other nodes.',
      runbook:
        'kubectl -n NAMESPACE get pods -l mcphub.io/cluster=CLUSTER,app.kubernetes.io/component=node -o wide: look for Pods that restart or are not ready, and for a machine that is gone.',
    },
    {
      alert: 'McpHubNodeFull',
      expr: `sum by (pod, limit) (rate(mcphub_node_limit_refusals_total{${nodes}}[5m])) > 0.1`,
      for: '15m',
      severity: 'warning',
      summary: 'A node is at its limit',
      description:
        'The limit {{ $labels.limit }} of {{ $labels.pod }} refuses {{ $value | humanize }} requests a second.',
      runbook:
        'Add nodes (kubectl -n NAMESPACE scale mhc CLUSTER --replicas N, or spec.nodes.autoscaling), or raise systemConfig.cluster.limits in the document of spec.settingsFrom.',
    },
    {
      alert: 'McpHubProcessesWait',
      expr: `max by (pod) (mcphub_node_processes_waiting{${nodes}}) > 0`,
      for: '10m',
      severity: 'warning',
      summary: 'Processes of sessions wait for a place',
      description: '{{ $value }} processes wait on {{ $labels.pod }}; their calls are refused after a while.',
      runbook: 'Add nodes, or give servers that need no process for each client perSessionClient: false.',
    },
  ];
}

function serverAlerts({ nodes }: MetricScope): Alert[] {
  return [
    {
      alert: 'McpHubServerDown',
      expr: `max by (server) (mcphub_node_server_up{${nodes}}) == 0`,
      for: '5m',
      severity: 'critical',
      summary: 'A server is up on no node',
      description: 'The MCP server {{ $labels.server }} is connected on no node; its tools cannot be called.',
      runbook:
        'kubectl -n NAMESPACE get mhc CLUSTER -o yaml has the reason in status.servers. The output of the server is in the logs of the nodes.',
    },
    {
      alert: 'McpHubServerDegraded',
      expr: `min by (server) (mcphub_node_server_up{${nodes}}) == 0`,
      for: '15m',
      severity: 'warning',
      summary: 'A server is down on some nodes',
      description: 'The MCP server {{ $labels.server }} is not connected on every node that hosts it.',
      runbook:
        'mcphub_node_server_up by pod names the nodes; kubectl -n NAMESPACE logs <pod> says why. Memory that is too small for the server is the most frequent reason.',
    },
    {
      alert: 'McpHubServerRestarts',
      expr: `sum by (server, pod) (delta(mcphub_node_server_restarts{${nodes}}[15m])) > 3`,
      for: '5m',
      severity: 'warning',
      summary: 'A server restarts again and again',
      description:
        'The MCP server {{ $labels.server }} on {{ $labels.pod }} was started {{ $value | humanize }} times in 15 minutes.',
      runbook: 'kubectl -n NAMESPACE logs <pod> has what the server wrote before it ended, and its exit code.',
    },
  ];
}
