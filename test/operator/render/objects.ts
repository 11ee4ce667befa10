import type { Manifest } from '../../../operator/render/manifest.ts';

/** What tests read of the manifests of a Deployment. */
export interface Container {
  name: string;
  image: string;
  restartPolicy?: string;
  env?: { name: string; value?: string }[];
  ports?: { name?: string; containerPort: number }[];
  securityContext: Record<string, unknown>;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    securityContext: Record<string, unknown>;
    containers: Container[];
    initContainers?: Container[];
    volumes: { name: string; [source: string]: unknown }[];
    terminationGracePeriodSeconds: number;
    topologySpreadConstraints: Record<string, unknown>[];
    tolerations?: unknown[];
  };
}

export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((item) => item.kind === kind && item.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} "${name}"`);
  return found;
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((item) => item.kind === kind);
}

export function templateOf(deployment: Manifest): PodTemplate {
  return (deployment.spec as { template: PodTemplate }).template;
}

export function specOf(manifest: Manifest): Record<string, unknown> {
  return manifest.spec as Record<string, unknown>;
}

/** What a Pod finds in its folder of settings: files of the ConfigMap and of the Secret of that name. */
export function filesOf(manifests: readonly Manifest[], name: string): Record<string, string> {
  const plain = (find(manifests, 'ConfigMap', name).data ?? {}) as Record<string, string>;
  const secret = Object.entries(find(manifests, 'Secret', name).data as Record<string, string>);
  return {
    ...plain,
    ...Object.fromEntries(secret.map(([key, text]) => [key, Buffer.from(text, 'base64').toString()])),
  };
}

/** The settings of a role, parsed. */
// biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
export function settingsIn(manifests: readonly Manifest[], name: string): Record<string, any> {
  return JSON.parse(filesOf(manifests, name)['mcp_settings.json'] ?? '');
}

export function variablesIn(manifests: readonly Manifest[], name: string): Record<string, string> {
  return JSON.parse(filesOf(manifests, name)['variables.json'] ?? '');
}
