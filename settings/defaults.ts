/** The one place for every default that settings do not state. Times are milliseconds, sizes bytes. */
export const DEFAULTS = {
  port: 3000,
  opsPort: 9464,
  logLevel: 'info',
  nameSeparator: '-',
  cookieName: 'MCPHUB_NODE',
  headerName: 'X-MCPHub-Node',
  heartbeatInterval: 5_000,
  drainTimeout: 30_000,
  nodeTimeout: 15_000,
  cleanupInterval: 30_000,
  stickySessionTimeout: 3_600_000,
  /** A stdio server with `startOnDemand` is stopped after this long without a request. */
  idleTimeoutMs: 300_000,
  /** How long a server may take for one request without any progress: no limit, since the client has its own. */
  requestTimeout: Number.POSITIVE_INFINITY,
  /** How often the settings file is looked at where the file system sends no events. */
  settingsPollInterval: 2_000,
  /** How long a changed settings file must stay the same before it is read. */
  settingsSettleTime: 100,
} as const;
