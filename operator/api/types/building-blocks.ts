// Made from operator/api/schema by "npm run generate": change that, not this.

/** An object in the namespace of the McpHubCluster. */
export interface LocalReference {
  /** Name of the object, in the namespace of the McpHubCluster. */
  name: string;
}

/** What coordinators and nodes have alike. */
export interface PodsSpec {
  /**
   * What the main container asks for and may use. Absent: no requests and no limits. Autoscaling by CPU needs a request
   * of `cpu`.
   */
  resources?: ResourceRequirements;
  /** Where the Pods may run. Absent: anywhere, spread softly over zones and hosts. */
  scheduling?: SchedulingSpec;
  /** Labels of the Pods, beside those that the operator sets, which win. */
  podLabels?: Record<string, string>;
  /** Annotations of the Pods, beside those that the operator sets, which win. */
  podAnnotations?: Record<string, string>;
  /**
   * A strategic merge patch of the PodTemplateSpec, applied last, for all that has no field of its own:
   * `spec.containers` are merged by name.
   */
  podTemplate?: Record<string, unknown>;
}

/** What a container asks for and may use, as in a Pod. */
export interface ResourceRequirements {
  /** What the scheduler reserves, by the name of the resource, such as `cpu: 500m` and `memory: 256Mi`. */
  requests?: Record<string, string | number>;
  /** What the container may use at most, by the name of the resource. Above its memory limit it is killed. */
  limits?: Record<string, string | number>;
}

/** Where Pods may run, as in a Pod. */
export interface SchedulingSpec {
  /** Labels that a Kubernetes node must have. */
  nodeSelector?: Record<string, string>;
  /** Taints of Kubernetes nodes that are tolerated. */
  tolerations?: Record<string, unknown>[];
  /** Affinity to Kubernetes nodes and to other Pods, as in a Pod. */
  affinity?: Record<string, unknown>;
  /**
   * How Pods spread over zones and hosts. Absent: softly over both. A labelSelector that is left out selects the Pods
   * of this cluster and role.
   */
  topologySpreadConstraints?: Record<string, unknown>[];
  /** PriorityClass of the Pods. It must exist. */
  priorityClassName?: string;
  /** RuntimeClass of the Pods, such as one for gVisor. It must exist. */
  runtimeClassName?: string;
}

/** A pool of nodes: Pods that host MCP servers. */
export interface NodesSpec extends PodsSpec {
  /**
   * Number of nodes. `kubectl scale` changes that of `spec.nodes`. It is left alone while `autoscaling` is set. Default
   * 2.
   */
  replicas?: number;
  /** Lets the number of nodes follow their load. Absent: `replicas` says it. */
  autoscaling?: AutoscalingSpec;
  /**
   * How long a stopping node lets calls finish and hands its sessions over. In milliseconds, at most a day. The grace
   * period of the Pods follows from it. Default 30000.
   */
  drainTimeout?: number;
  /** Volumes of the Pods, and where the container of the node mounts them. */
  volumes?: VolumeSpec[];
}

/** How many nodes there are follows from their load. */
export interface AutoscalingSpec {
  /**
   * `hpa` is the HorizontalPodAutoscaler of Kubernetes; `keda` makes a ScaledObject, whose CRDs must be installed.
   * Default "hpa".
   */
  provider?: 'hpa' | 'keda';
  /** Fewest nodes. Default 2. */
  min?: number;
  /** Most nodes. */
  max: number;
  /**
   * Mean CPU use of the Pods that is aimed at, in per cent of their requests. Needs `resources.requests.cpu` and
   * metrics-server.
   */
  cpu?: number;
  /**
   * Mean number of sessions on a node that is aimed at. With `hpa` it needs a metrics adapter that serves
   * `mcphub_node_sessions` of Pods; with `keda` it needs `prometheusAddress`.
   */
  sessionsPerNode?: number;
  /** Address of Prometheus for KEDA, such as `http://prometheus.monitoring:9090`. */
  prometheusAddress?: string;
}

/** A volume of a Pod, and where it is mounted. */
export interface VolumeSpec {
  /** Name of the volume, unique in its list: a DNS label. */
  name: string;
  /** Where the container of the node mounts it. */
  mountPath: string;
  /** Path within the volume that is mounted instead of its root. */
  subPath?: string;
  /** Whether it is mounted so that it can only be read. Absent: false. */
  readOnly?: boolean;
  /** A volume source of Kubernetes under its key, such as `{ "persistentVolumeClaim": { "claimName": "data" } }`. */
  source: Record<string, unknown>;
}

/** One key of a Secret in the namespace of the McpHubCluster. */
export interface KeyReference {
  /** Name of the Secret, in the namespace of the McpHubCluster. */
  name: string;
  /** Key within the data of the Secret. */
  key: string;
}
