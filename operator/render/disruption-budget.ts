import { type Manifest, manifest, type RenderContext, type Role, selectorOf } from './manifest.ts';

/**
 * One Pod at a time may be evicted, and any that is not ready.
 *
 * @param replicas the most there will be; with one there is no budget, which would only keep its machine from draining
 */
export function disruptionBudget(
  context: RenderContext,
  { role, name, replicas }: { role: Role; name: string; replicas: number },
): Manifest[] {
  if (replicas <= 1) return [];
  return [
    manifest(
      context,
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name, role },
      {
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
          selector: { matchLabels: selectorOf(context, role) },
        },
      },
    ),
  ];
}
