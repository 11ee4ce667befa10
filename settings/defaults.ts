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
  /** How long a client with an open stream may say nothing before it is asked whether it is there. */
  clientPingInterval: 30_000,
  nodeTimeout: 15_000,
  cleanupInterval: 30_000,
  stickySessionTimeout: 3_600_000,
  /** A session ends at this age, however much it is used: 7 days. */
  maxSessionAge: 604_800_000,
  /** How long a coordinator goes on serving after SIGTERM, so that balancers notice that it is not ready any more. */
  drainDelay: 3_000,
  sessionsPerNode: 10_000,
  sessionsPerPrincipal: 1_000,
  sharePerPrincipal: 0.8,
  processesPerNode: 500,
  /** How long a server may take from its start to the answer to `initialize`; the first `npx` or `uvx` downloads. */
  startTimeout: 60_000,
  /** How long a session's own process may wait until another one has ended. */
  processQueueTimeout: 30_000,
  streamsPerSession: 8,
  callsPerSession: 256,
  listenersPerNode: 10_000,
  /** Largest body of a request; SDK servers have the same limit. */
  requestBytes: 4 * 1024 * 1024,
  /** Values and names of members in it: what JSON costs to read goes by these, not by its size. */
  requestValues: 100_000,
  /** Longest line of a stdio server, as in the MCP SDKs. */
  stdioMessageBytes: 10 * 1024 * 1024,
  /** How long a server of other nodes stays in the lists after it was seen last. */
  catalogGrace: 600_000,
  /** A stdio server with `startOnDemand` is stopped after this long without a request. */
  idleTimeoutMs: 300_000,
  /** How long a server may take for one request without any progress: no limit, since the client has its own. */
  requestTimeout: Number.POSITIVE_INFINITY,
  /** How often the settings file is looked at where the file system sends no events. */
  settingsPollInterval: 2_000,
  /** How long a changed settings file must stay the same before it is read. */
  settingsSettleTime: 100,
} as const;
