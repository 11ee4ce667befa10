/**
 * `McpHubCluster`, group `mcphub.io`, version `v1alpha1`. Defaults are those of the schema: an object that was read
 * from the API server has them filled in.
 */

/** What Kubernetes keeps of every object; only what we read. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface McpHubCluster {
  apiVersion: 'mcphub.io/v1alpha1';
  kind: 'McpHubCluster';
  metadata: ObjectMeta;
  spec: McpHubClusterSpec;
  status?: McpHubClusterStatus;
}

export interface McpHubClusterSpec {
  /** The operator leaves everything as it is. Default false. */
  paused?: boolean;
  image?: ImageSpec;
  coordinator?: CoordinatorSpec;
  stickySession?: StickySessionSpec;
  /** The pool of nodes that hosts every server that names no other. */
  nodes?: NodesSpec;
  /** Further pools, by name. */
  nodePools?: NodePoolSpec[];
  /** The map of mcp_settings.json, by the name of the server. */
  mcpServers?: Record<string, McpServerSpec>;
  /** `groups` of mcp_settings.json. */
  groups?: GroupSpec[];
  auth?: AuthSpec;
  /** An existing mcp_settings.json, under which the fields of this object win. */
  settingsFrom?: SettingsSourceSpec;
  monitoring?: MonitoringSpec;
  networkPolicy?: NetworkPolicySpec;
}

export interface ImageSpec {
  /** Default: the operator's own setting, of its version. */
  coordinator?: string;
  node?: string;
  /** Default IfNotPresent. */
  pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  pullSecrets?: LocalReference[];
}

export interface LocalReference {
  name: string;
}

export interface KeyReference {
  name: string;
  key: string;
}

/** What coordinators and nodes have alike. */
export interface PodsSpec {
  resources?: ResourceRequirements;
  scheduling?: SchedulingSpec;
  /** Labels and annotations of the Pods. */
  podLabels?: Record<string, string>;
  podAnnotations?: Record<string, string>;
  /** A strategic merge patch of the PodTemplateSpec, applied last. */
  podTemplate?: Record<string, unknown>;
}

export interface ResourceRequirements {
  requests?: Record<string, string | number>;
  limits?: Record<string, string | number>;
}

export interface SchedulingSpec {
  nodeSelector?: Record<string, string>;
  tolerations?: Record<string, unknown>[];
  affinity?: Record<string, unknown>;
  topologySpreadConstraints?: Record<string, unknown>[];
  priorityClassName?: string;
  runtimeClassName?: string;
}

export interface CoordinatorSpec extends PodsSpec {
  /** Default 2. */
  replicas?: number;
  service?: ServiceSpec;
  /** One of `ingress` and `httpRoute`. */
  ingress?: IngressSpec;
  httpRoute?: HttpRouteSpec;
  /** Silence after which a node is unhealthy, in milliseconds. Default 15000. */
  nodeTimeout?: number;
  /** Time between sweeps, in milliseconds. Default 30000. */
  cleanupInterval?: number;
  /** How long a stopping coordinator lets requests finish, in milliseconds. Default 30000. */
  drainTimeout?: number;
}

export interface ServiceSpec {
  /** Default ClusterIP. */
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  /** Default 80. */
  port?: number;
  nodePort?: number;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  loadBalancerClass?: string;
  loadBalancerSourceRanges?: string[];
  externalTrafficPolicy?: 'Cluster' | 'Local';
}

export interface IngressSpec {
  host: string;
  className?: string;
  /** Default `/`. */
  path?: string;
  annotations?: Record<string, string>;
  tlsSecretName?: string;
}

export interface HttpRouteSpec {
  parentRefs: { name: string; namespace?: string; sectionName?: string; port?: number }[];
  hostnames?: string[];
  /** Default `/`. */
  path?: string;
  annotations?: Record<string, string>;
}

export interface StickySessionSpec {
  /** Default consistent-hash. */
  strategy?: 'consistent-hash' | 'cookie' | 'header';
  cookieName?: string;
  headerName?: string;
  /** Milliseconds. Default 3600000. */
  timeout?: number;
}

export interface NodesSpec extends PodsSpec {
  /** Default 2. Left alone while `autoscaling` is set. */
  replicas?: number;
  autoscaling?: AutoscalingSpec;
  /** How long a stopping node lets calls finish, in milliseconds. Default 30000. */
  drainTimeout?: number;
  /** Volumes of the Pods, and where the node's container mounts them. */
  volumes?: VolumeSpec[];
}

export interface NodePoolSpec extends NodesSpec {
  name: string;
  /** Servers that this pool hosts, beside those whose own `pools` names it. */
  servers?: string[];
}

/** A volume of a Pod as Kubernetes has it, and where it is mounted. */
export interface VolumeSpec {
  name: string;
  mountPath: string;
  subPath?: string;
  readOnly?: boolean;
  /** A Kubernetes volume source, such as `{ "persistentVolumeClaim": { "claimName": "data" } }`. */
  source: Record<string, unknown>;
}

export interface AutoscalingSpec {
  /** Default hpa. */
  provider?: 'hpa' | 'keda';
  /** Default 2. */
  min?: number;
  max: number;
  /** Mean CPU use of the Pods, in per cent of their requests. */
  cpu?: number;
  /** Mean number of sessions on a node. With an HPA it needs a metrics adapter that serves `mcphub_node_sessions` of Pods. */
  sessionsPerNode?: number;
  /** Address of Prometheus, for KEDA. */
  prometheusAddress?: string;
}

/** An entry of `mcpServers`: all keys of mcp_settings.json are kept; these are ours on top. */
export interface McpServerSpec {
  [key: string]: unknown;
  type?: 'stdio' | 'sse' | 'streamable-http';
  command?: string;
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  url?: string;
  headers?: Record<string, string>;
  enabled?: boolean;
  perSessionClient?: boolean;
  failover?: 'resume' | 'reset';
  /** Values of Secrets and ConfigMaps: variables of the server's environment, and `${NAME}` in its entry. */
  envFrom?: EnvFromSpec[];
  /** Headers whose values come from Secrets. */
  headersFrom?: { name: string; secretKeyRef: KeyReference; prefix?: string }[];
  /** An HTTP MCP server as a sidecar of every node that hosts it. Instead of `command` and `url`. */
  container?: ServerContainerSpec;
  /** Pools of nodes that host the server: `nodes` (the default), or names of `nodePools`. */
  pools?: string[];
}

export interface EnvFromSpec {
  /** Put before each name. */
  prefix?: string;
  secretRef?: LocalReference;
  configMapRef?: LocalReference;
}

export interface ServerContainerSpec {
  image: string;
  port: number;
  /** Default `/mcp`. */
  path?: string;
  command?: string[];
  args?: string[];
  /** As in a Pod. */
  env?: Record<string, unknown>[];
  envFrom?: EnvFromSpec[];
  resources?: ResourceRequirements;
  livenessProbe?: Record<string, unknown>;
  readinessProbe?: Record<string, unknown>;
  startupProbe?: Record<string, unknown>;
  /** Over the restricted defaults. */
  securityContext?: Record<string, unknown>;
}

export interface GroupSpec {
  [key: string]: unknown;
  id?: string;
  name: string;
  description?: string;
  servers?: (string | { name: string; [key: string]: unknown })[];
}

export interface AuthSpec {
  bearerKeys?: BearerKeySpec[];
}

export interface BearerKeySpec {
  /** Also its id in sessions. */
  name: string;
  secretKeyRef: KeyReference;
  enabled?: boolean;
  accessType?: 'all' | 'groups' | 'servers' | 'custom';
  allowedGroups?: string[];
  allowedServers?: string[];
}

/** One of both. Default key `mcp_settings.json`. */
export interface SettingsSourceSpec {
  configMapKeyRef?: { name: string; key?: string };
  secretKeyRef?: { name: string; key?: string };
}

export interface MonitoringSpec {
  /** ServiceMonitor or PodMonitor; needs the Prometheus operator. Default none. */
  scrape?: 'none' | 'service-monitor' | 'pod-monitor';
  /** Prometheus duration. Default 30s. */
  interval?: string;
  labels?: Record<string, string>;
  /** A PrometheusRule with the alerts of docs. Default false. */
  rules?: boolean;
  /** A ConfigMap with a Grafana dashboard. Default false. */
  dashboard?: boolean;
  dashboardLabels?: Record<string, string>;
}

export interface NetworkPolicySpec {
  /** Default false. */
  enabled?: boolean;
  /** Who may reach the coordinators' MCP port, as peers of a NetworkPolicy. Default: everybody. */
  clients?: Record<string, unknown>[];
  /** Who may reach metrics. Default: everybody in the cluster. */
  monitoring?: Record<string, unknown>[];
}

export interface McpHubClusterStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  /** Where clients connect. */
  url?: string;
  coordinators?: { replicas: number; ready: number };
  nodes?: { replicas: number; ready: number; active: number };
  /** As the printer column shows them: `3/3`, `1/1`. */
  summary?: { nodes: string; servers: string };
  sessions?: number;
  /** Of the Pods of `nodes`, for the scale subresource. */
  selector?: string;
  /** Pods of `nodes`, for the scale subresource. */
  replicas?: number;
  pools?: { name: string; replicas: number; ready: number; active: number; sessions: number }[];
  servers?: ServerStatusEntry[];
}

export interface ServerStatusEntry {
  name: string;
  /** Nodes on which it is up. */
  replicas: number;
  status: 'connected' | 'connecting' | 'idle' | 'failed' | 'disabled' | 'unknown';
  reason?: string;
  /** Revision of MCP that it speaks. */
  protocol?: string;
  version?: string;
  tools?: number;
}

export interface Condition {
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  observedGeneration?: number;
  /** RFC 3339. */
  lastTransitionTime: string;
}

export type ConditionType = 'Ready' | 'Available' | 'Progressing' | 'Degraded' | 'ConfigValid' | 'Verified';
