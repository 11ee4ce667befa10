import type { Settings } from './schema.ts';

export const CLUSTER_MODES = ['standalone', 'node', 'coordinator'] as const;
export type ClusterMode = (typeof CLUSTER_MODES)[number];

/** The mode in force: `standalone` unless `systemConfig.cluster.enabled` is true, whatever `mode` says. */
export function clusterModeOf(settings: {
  systemConfig: { cluster: Pick<Settings['systemConfig']['cluster'], 'enabled' | 'mode'> };
}): ClusterMode {
  const { enabled, mode } = settings.systemConfig.cluster;
  return enabled ? mode : 'standalone';
}
