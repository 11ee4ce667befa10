import { DEFAULTS } from '../../settings/defaults.ts';

/**
 * What the schema of the CRD fills in, for objects that were made without an API server, and what it leaves to us.
 * Times are milliseconds where no unit is said.
 */
export const RENDER_DEFAULTS = {
  coordinatorReplicas: 2,
  nodeReplicas: 2,
  servicePort: 80,
  path: '/',
  serverPath: '/mcp',
  minReplicas: 2,
  scrapeInterval: '30s',
  drainTimeout: DEFAULTS.drainTimeout,
  settingsKey: 'mcp_settings.json',
  dashboardLabels: { grafana_dashboard: '1' },
} as const;

/** Ports of every Pod of ours: MCP with the management API, and metrics with the probes. */
export const PORTS = { mcp: DEFAULTS.port, metrics: DEFAULTS.opsPort } as const;

/** Seconds that a Pod has beyond its drain, for the process itself to end. */
export const GRACE_MARGIN = 15;

/** Seconds after which a rollout that makes no progress counts as failed. */
export const PROGRESS_DEADLINE = 600;

/** Folder of the settings and of the variables that they name, in every Pod. */
export const SETTINGS_FOLDER = '/etc/mcphub';
export const SETTINGS_KEY = 'mcp_settings.json';
export const VARIABLES_KEY = 'variables.json';
