import type { ObjectMeta, OwnerReference } from './object-meta.ts';

/** Group, version and names of the resource (`kubectl get mhc`). */
export const API = {
  group: 'mcphub.io',
  version: 'v1alpha1',
  apiVersion: 'mcphub.io/v1alpha1',
  kind: 'McpHubCluster',
  plural: 'mcphubclusters',
  singular: 'mcphubcluster',
  shortName: 'mhc',
  category: 'mcp',
} as const;

/** Field managers of server-side apply: one for what is rendered, one for the status. */
export const FIELD_MANAGER = 'mcphub-operator';
export const STATUS_MANAGER = 'mcphub-operator-status';

export const LABELS = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  partOf: 'app.kubernetes.io/part-of',
  /** Name of the McpHubCluster. */
  cluster: 'mcphub.io/cluster',
  /** Name of the pool of a node: `nodes`, or that of an entry of `nodePools`. */
  pool: 'mcphub.io/pool',
} as const;

/** Value of `managed-by`: what the operator's watches select. */
export const MANAGED_BY = 'mcphub-operator';

export const ANNOTATIONS = {
  /** On a McpHubCluster: any new value rotates the cluster token and the session secret. */
  rotate: 'mcphub.io/rotate',
  /** On a Pod: the revision of the settings that it should have; a change makes the kubelet sync the mounted files. */
  settingsRevision: 'mcphub.io/settings-revision',
  /** On a rendered object: hash of its manifest. */
  manifest: 'mcphub.io/manifest',
  /** Kubernetes removes Pods of low cost first. */
  deletionCost: 'controller.kubernetes.io/pod-deletion-cost',
} as const;

/** The pool that `spec.nodes` describes. */
export const DEFAULT_POOL = 'nodes';

/** Labels of everything that belongs to a cluster. */
export function clusterLabels(cluster: string): Record<string, string> {
  return {
    [LABELS.name]: 'mcphub',
    [LABELS.instance]: cluster,
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.partOf]: 'mcphub',
    [LABELS.cluster]: cluster,
  };
}

/** The reference by which a cluster controls what is made for it, so that it goes when the cluster goes. */
export function ownerReference({ name, uid = '' }: ObjectMeta): OwnerReference {
  return { apiVersion: API.apiVersion, kind: API.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** What the objects of a cluster are called. Names of clusters have at most 40 characters, those of pools 16. */
export function objectNames(cluster: string) {
  const pool = (name: string) => (name === DEFAULT_POOL ? `${cluster}-node` : `${cluster}-node-${name}`);
  return {
    /** Service, Ingress or HTTPRoute that clients use; ServiceAccount. */
    public: cluster,
    /** Headless Service by which nodes find all coordinators. */
    coordinators: `${cluster}-coordinators`,
    /** Deployment, ConfigMap, Secret, PodDisruptionBudget, NetworkPolicy, ServiceMonitor of the coordinators. */
    coordinator: `${cluster}-coordinator`,
    /** The same of a pool of nodes, with its HorizontalPodAutoscaler or ScaledObject. */
    pool,
    /** Secret with the cluster token and the session secret, generated once. */
    cluster: `${cluster}-cluster`,
    dashboard: `${cluster}-dashboard`,
  };
}
