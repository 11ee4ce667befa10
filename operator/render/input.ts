import type { McpHubCluster } from '../api/types.ts';

export type { SpecProblem } from '../api/problem.ts';

/** Everything that the manifests of a cluster follow from. */
export interface RenderInput {
  cluster: McpHubCluster;
  /** What the Secrets and ConfigMaps hold that the spec refers to, decoded, by name. Absent ones are not in it. */
  references: References;
  /** Cluster tokens and session secrets; all are accepted, the first is used. */
  credentials: Credentials;
  defaults: RenderDefaults;
}

export interface References {
  secrets: Record<string, Record<string, string>>;
  configMaps: Record<string, Record<string, string>>;
}

export interface Credentials {
  tokens: string[];
  secrets: string[];
}

/** What the operator's own settings say. */
export interface RenderDefaults {
  coordinatorImage: string;
  nodeImage: string;
  /** Domain of the Kubernetes cluster, such as `cluster.local`. */
  clusterDomain: string;
  /** Pods of the operator, which network policies let in to the coordinators. Absent: only clients are let in. */
  operator?: { namespace: string; labels: Record<string, string> };
}
