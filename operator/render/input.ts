import type { McpHubCluster } from '../api/types.ts';

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
}

/** A field of the spec that cannot be used, found beyond what the schema can check. */
export interface SpecProblem {
  /** Such as `spec.mcpServers.github.envFrom[0].secretRef`. */
  path: string;
  /** What is wrong, and what would be right. */
  message: string;
  /** The Secret or ConfigMap that has to appear, when only that is missing. */
  missing?: { kind: 'Secret' | 'ConfigMap'; name: string; key?: string };
}
