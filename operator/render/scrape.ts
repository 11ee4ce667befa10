import { LABELS } from '../api/names.ts';
import type { MonitoringSpec } from '../api/types.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import { type Manifest, manifest, type RenderContext, type Role, selectorOf } from './manifest.ts';

/** ServiceMonitor or PodMonitor of a role, as the spec chooses; none by default. */
export function scrape(context: RenderContext, { role, name }: { role: Role; name: string }): Manifest[] {
  const { monitoring } = context.spec;
  const kind = kindOf(monitoring);
  if (kind === undefined) return [];
  const endpoints = [{ port: 'metrics', interval: monitoring?.interval ?? RENDER_DEFAULTS.scrapeInterval }];
  return [
    manifest(
      context,
      { apiVersion: 'monitoring.coreos.com/v1', kind, name, role, labels: monitoring?.labels },
      {
        spec: {
          selector: { matchLabels: selectorOf(context, role) },
          podTargetLabels: [LABELS.cluster, LABELS.pool],
          ...(kind === 'ServiceMonitor' ? { endpoints } : { podMetricsEndpoints: endpoints }),
        },
      },
    ),
  ];
}

function kindOf(monitoring: MonitoringSpec | undefined): 'ServiceMonitor' | 'PodMonitor' | undefined {
  if (monitoring?.scrape === 'service-monitor') return 'ServiceMonitor';
  return monitoring?.scrape === 'pod-monitor' ? 'PodMonitor' : undefined;
}
