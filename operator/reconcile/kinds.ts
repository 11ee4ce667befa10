import { API } from '../api/names.ts';
import { apiVersionOf } from '../kube/address.ts';
import type { Resource } from '../kube/contract.ts';

function namespaced(group: string, version: string, kind: string, plural = `${kind.toLowerCase()}s`): Resource {
  return { group, version, kind, plural, namespaced: true };
}

export const CLUSTERS = namespaced(API.group, API.version, API.kind, API.plural);
export const PODS = namespaced('', 'v1', 'Pod');
export const SECRETS = namespaced('', 'v1', 'Secret');
export const CONFIG_MAPS = namespaced('', 'v1', 'ConfigMap');
export const DEPLOYMENTS = namespaced('apps', 'v1', 'Deployment');
export const SERVICES = namespaced('', 'v1', 'Service');

/** What the operator makes, on every API server. */
export const RENDERED: readonly Resource[] = [
  namespaced('', 'v1', 'ServiceAccount'),
  SECRETS,
  CONFIG_MAPS,
  SERVICES,
  DEPLOYMENTS,
  namespaced('policy', 'v1', 'PodDisruptionBudget'),
  namespaced('autoscaling', 'v2', 'HorizontalPodAutoscaler'),
  namespaced('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  namespaced('networking.k8s.io', 'v1', 'Ingress', 'ingresses'),
];

/** What the operator makes where the API server serves it, and what has to be installed for that. */
export const OPTIONAL: readonly (Resource & { from: string })[] = [
  { ...namespaced('gateway.networking.k8s.io', 'v1', 'HTTPRoute'), from: 'the Gateway API' },
  { ...namespaced('monitoring.coreos.com', 'v1', 'ServiceMonitor'), from: 'the Prometheus operator' },
  { ...namespaced('monitoring.coreos.com', 'v1', 'PodMonitor'), from: 'the Prometheus operator' },
  { ...namespaced('monitoring.coreos.com', 'v1', 'PrometheusRule'), from: 'the Prometheus operator' },
  { ...namespaced('keda.sh', 'v1alpha1', 'ScaledObject'), from: 'KEDA' },
];

/** All that the operator makes. */
export const MADE: readonly Resource[] = [...RENDERED, ...OPTIONAL];

/** The resource of a manifest; undefined for a kind that the operator does not make. */
export function resourceOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource | undefined {
  return MADE.find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
}
