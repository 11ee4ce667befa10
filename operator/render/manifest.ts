import { clusterLabels, LABELS, objectNames, ownerReference } from '../api/names.ts';
import type { McpHubClusterSpec, ObjectMeta } from '../api/types.ts';
import { canonicalJson, shortHash } from './canonical-json.ts';
import type { RenderInput } from './input.ts';
import type { JsonMap } from './json-map.ts';
import { tidy } from './tidy.ts';

/** An object as it is applied. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** What every builder of manifests needs to know. */
export interface RenderContext {
  input: RenderInput;
  spec: McpHubClusterSpec;
  names: ReturnType<typeof objectNames>;
  cluster: string;
  namespace: string;
}

/** Which part of the cluster an object belongs to; a pool only for nodes. */
export interface Role {
  component: 'coordinator' | 'node';
  pool?: string;
}

export const COORDINATOR: Role = { component: 'coordinator' };

export function contextOf(input: RenderInput): RenderContext {
  const { name, namespace = 'default' } = input.cluster.metadata;
  return { input, spec: input.cluster.spec, names: objectNames(name), cluster: name, namespace };
}

/** Labels of an object; of what concerns the whole cluster, such as its alerts, without a component. */
export function labelsOf(context: RenderContext, role?: Role): Record<string, string> {
  return { ...clusterLabels(context.cluster), ...(role && selectorOf(context, role)) };
}

/** Labels by which the Pods of a role are found. They never change, as the selector of a Deployment cannot. */
export function selectorOf(context: RenderContext, role: Role): Record<string, string> {
  return {
    [LABELS.cluster]: context.cluster,
    [LABELS.component]: role.component,
    ...(role.pool !== undefined && { [LABELS.pool]: role.pool }),
  };
}

export interface ManifestOptions {
  apiVersion: string;
  kind: string;
  name: string;
  role?: Role;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
}

/** An object of the cluster, controlled by its McpHubCluster, so that it goes when that goes. Our labels win over `labels`. */
export function manifest(context: RenderContext, options: ManifestOptions, fields: JsonMap): Manifest {
  const { annotations } = options;
  return tidy({
    apiVersion: options.apiVersion,
    kind: options.kind,
    metadata: {
      name: options.name,
      namespace: context.namespace,
      labels: { ...options.labels, ...labelsOf(context, options.role) },
      ...(annotations !== undefined && { annotations }),
      ownerReferences: [ownerReference(context.input.cluster.metadata)],
    },
    ...fields,
  }) as Manifest;
}

/** The same manifest has the same hash, whatever the order of its keys. */
export function manifestHash(subject: Manifest): string {
  return shortHash(canonicalJson(subject));
}
