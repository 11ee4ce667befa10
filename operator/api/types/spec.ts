// Made from operator/api/schema by "npm run generate": change that, not this.
import type { AuthSpec } from './auth.ts';
import type { NodesSpec } from './building-blocks.ts';
import type { CoordinatorSpec } from './coordinator.ts';
import type { GroupSpec } from './groups.ts';
import type { ImageSpec } from './image.ts';
import type { McpServerSpec } from './mcp-servers.ts';
import type { MonitoringSpec } from './monitoring.ts';
import type { NetworkPolicySpec } from './network-policy.ts';
import type { NodePoolSpec } from './node-pools.ts';
import type { SettingsSourceSpec } from './settings-from.ts';
import type { StickySessionSpec } from './sticky-session.ts';

/** What is wanted. */
export interface McpHubClusterSpec {
  /** The operator leaves everything as it is, until this is false again. Default false. */
  paused?: boolean;
  /** Container images of coordinators and nodes. */
  image?: ImageSpec;
  /** The coordinators: where clients connect. */
  coordinator?: CoordinatorSpec;
  /** How a new session finds its node. */
  stickySession?: StickySessionSpec;
  /** The pool of nodes that hosts every server that names no other. */
  nodes?: NodesSpec;
  /** Further pools of nodes, by name, for servers that need other resources, volumes or Kubernetes nodes. */
  nodePools?: NodePoolSpec[];
  /**
   * The map of mcp_settings.json, by the name of the server: 1 to 128 characters of A-Z a-z 0-9 . _ - without `..`. A
   * change reaches running nodes within seconds; only servers whose own entry changed restart.
   */
  mcpServers?: Record<string, McpServerSpec>;
  /** Groups of servers, as in mcp_settings.json. */
  groups?: GroupSpec[];
  /** Who may connect. Absent: everybody who reaches the coordinators. */
  auth?: AuthSpec;
  /**
   * An existing mcp_settings.json, under which the fields of this object win: servers are merged key by key, groups and
   * bearer keys are replaced by those of the same name.
   */
  settingsFrom?: SettingsSourceSpec;
  /** What Prometheus and Grafana get. */
  monitoring?: MonitoringSpec;
  /** Who may connect, on the level of the network. */
  networkPolicy?: NetworkPolicySpec;
}
