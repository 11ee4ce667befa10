import type { ResourceRequirements, SchedulingSpec } from '../api/types.ts';
import { defined, type JsonMap } from './json-map.ts';
import { canonicalQuantity, MILLI } from './quantity.ts';

/** What the restricted Pod Security Standard asks of a Pod. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** What it asks of a container, and a root file system that nothing can be written to. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

/** Resources with quantities as the API server writes them. */
export function resourcesOf(given: ResourceRequirements = {}): JsonMap {
  return defined({ ...given, requests: quantities(given.requests), limits: quantities(given.limits) });
}

function quantities(map: Readonly<Record<string, string | number>> | undefined): Record<string, string> | undefined {
  if (map === undefined) return undefined;
  return Object.fromEntries(Object.entries(map).map(([name, amount]) => [name, canonicalQuantity(amount, MILLI)]));
}

/** Fields of a PodSpec that say where Pods run. Without a wish they spread over zones and machines, but start anyway. */
export function schedulingOf(scheduling: SchedulingSpec | undefined, selector: Record<string, string>): JsonMap {
  const own = { labelSelector: { matchLabels: selector } };
  const constraints = scheduling?.topologySpreadConstraints?.map((constraint) => ({ ...own, ...constraint }));
  return { ...scheduling, topologySpreadConstraints: constraints ?? spread(selector) };
}

/** Pods of one revision are counted apart, so that a rollout ends as evenly spread as it began. */
function spread(selector: Record<string, string>): JsonMap[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selector },
    matchLabelKeys: ['pod-template-hash'],
  }));
}
