import { type MetricScope, metricScope } from './alerts.ts';
import { shortHash } from './canonical-json.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import type { JsonMap } from './json-map.ts';
import { type Manifest, manifest, type RenderContext } from './manifest.ts';
import type { Pool } from './pools.ts';

interface Panel {
  title: string;
  /** Unit of Grafana, such as `s`, `reqps`, `short`. */
  unit: string;
  /** Queries and the names of their lines. */
  queries: [expr: string, legend: string][];
  type?: 'timeseries' | 'stat';
}

const WIDTH = { stat: 6, timeseries: 12 } as const;
const HEIGHT = { stat: 4, timeseries: 8 } as const;
const COLUMNS = 24;
/** The variable of the dashboard that names the Prometheus to ask. */
const DATA_SOURCE = 'datasource';

/** A ConfigMap with a dashboard of one cluster, where the spec asks for it, labelled as Grafana's sidecar looks for it. */
export function dashboard(context: RenderContext, pools: readonly Pool[]): Manifest[] {
  const { monitoring } = context.spec;
  if (monitoring?.dashboard !== true) return [];
  const labels = monitoring.dashboardLabels ?? RENDER_DEFAULTS.dashboardLabels;
  const file = `mcphub-${context.namespace}-${context.cluster}.json`;
  const text = `${JSON.stringify(dashboardJson(context, metricScope(context, pools)), null, 2)}\n`;
  return [
    manifest(
      context,
      { apiVersion: 'v1', kind: 'ConfigMap', name: context.names.dashboard, labels },
      { data: { [file]: text } },
    ),
  ];
}

function dashboardJson({ namespace, cluster }: RenderContext, scope: MetricScope): JsonMap {
  return {
    uid: `mcphub-${shortHash(`${namespace}/${cluster}`)}`,
    title: `MCPHub / ${namespace} / ${cluster}`,
    tags: ['mcphub'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: DATA_SOURCE, label: 'Data source', type: 'datasource', query: 'prometheus' }],
    },
    panels: layOut([...figures(scope), ...traffic(scope), ...nodes(scope), ...servers(scope)]),
  };
}

function figures({ coordinators, nodes }: MetricScope): Panel[] {
  return [
    stat('Active nodes', `max(mcphub_coordinator_nodes{${coordinators},status="active"})`),
    stat('Sessions', `sum(mcphub_node_sessions{${nodes}})`),
    stat('Open streams', `sum(mcphub_coordinator_open_streams{${coordinators}})`),
    stat('Servers down', `count(max by (server) (mcphub_node_server_up{${nodes}}) == 0) or vector(0)`),
  ];
}

function stat(title: string, expr: string): Panel {
  return { title, unit: 'short', type: 'stat', queries: [[expr, '']] };
}

function traffic({ coordinators }: MetricScope): Panel[] {
  const requests = `mcphub_coordinator_requests_total{${coordinators}}`;
  const buckets = `mcphub_coordinator_request_duration_seconds_bucket{${coordinators}}`;
  const quantile = (q: number) => `histogram_quantile(${q}, sum by (le) (rate(${buckets}[5m])))`;
  return [
    {
      title: 'Requests by status',
      unit: 'reqps',
      queries: [[`sum by (status) (rate(${requests}[5m]))`, '{{status}}']],
    },
    {
      title: 'Time of a request',
      unit: 's',
      queries: [
        [quantile(0.5), 'p50'],
        [quantile(0.95), 'p95'],
        [quantile(0.99), 'p99'],
      ],
    },
    { title: 'Requests by era', unit: 'reqps', queries: [[`sum by (era) (rate(${requests}[5m]))`, '{{era}}']] },
    {
      title: 'Failures of nodes and adoptions',
      unit: 'ops',
      queries: [
        [`sum by (kind) (rate(mcphub_coordinator_upstream_failures_total{${coordinators}}[5m]))`, '{{kind}}'],
        [`sum(rate(mcphub_coordinator_adoptions_total{${coordinators}}[5m]))`, 'adoptions'],
      ],
    },
  ];
}

function nodes({ coordinators, nodes }: MetricScope): Panel[] {
  return [
    {
      title: 'Sessions by node',
      unit: 'short',
      queries: [[`sum by (pod) (mcphub_node_sessions{${nodes}})`, '{{pod}}']],
    },
    {
      title: 'Nodes by state',
      unit: 'short',
      queries: [[`max by (status) (mcphub_coordinator_nodes{${coordinators}})`, '{{status}}']],
    },
    { title: 'CPU by Pod', unit: 'short', queries: [[`rate(process_cpu_seconds_total{${nodes}}[5m])`, '{{pod}}']] },
    { title: 'Memory by Pod', unit: 'bytes', queries: [[`process_resident_memory_bytes{${nodes}}`, '{{pod}}']] },
  ];
}

function servers({ nodes }: MetricScope): Panel[] {
  const calls = `mcphub_node_tool_calls_total{${nodes}}`;
  return [
    { title: 'Tool calls by server', unit: 'reqps', queries: [[`sum by (server) (rate(${calls}[5m]))`, '{{server}}']] },
    {
      title: 'Tool calls that fail',
      unit: 'reqps',
      queries: [
        [
          `sum by (server, outcome) (rate(mcphub_node_tool_calls_total{${nodes},outcome!="ok"}[5m]))`,
          '{{server}} {{outcome}}',
        ],
      ],
    },
    {
      title: 'Nodes on which a server is up',
      unit: 'short',
      queries: [[`sum by (server) (mcphub_node_server_up{${nodes}})`, '{{server}}']],
    },
    {
      title: 'Processes',
      unit: 'short',
      queries: [
        [`sum by (pod) (mcphub_node_processes{${nodes}})`, '{{pod}}'],
        [`sum by (pod) (mcphub_node_processes_waiting{${nodes}})`, '{{pod}} waiting'],
      ],
    },
  ];
}

/** Panels of Grafana in rows, from left to right. */
function layOut(panels: readonly Panel[]): JsonMap[] {
  let [x, y] = [0, 0];
  return panels.map((panel, index) => {
    const type = panel.type ?? 'timeseries';
    const gridPos = { x, y, w: WIDTH[type], h: HEIGHT[type] };
    x += WIDTH[type];
    if (x >= COLUMNS) [x, y] = [0, y + HEIGHT[type]];
    return {
      id: index + 1,
      type,
      title: panel.title,
      datasource: { type: 'prometheus', uid: `$${DATA_SOURCE}` },
      gridPos,
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: panel.queries.map(([expr, legendFormat], at) => ({ refId: 'ABC'[at], expr, legendFormat })),
    };
  });
}
