import { DEFAULTS } from '../../settings/defaults.ts';
import { valueAt } from '../../settings/path.ts';
import { basePathOf } from './base-path.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import { deployment } from './deployment.ts';
import type { JsonMap } from './json-map.ts';
import { COORDINATOR, type Manifest, type RenderContext } from './manifest.ts';

/** Deployment of the coordinators. @param settings theirs, which say how long they drain */
export function coordinatorDeployment(context: RenderContext, settings: JsonMap): Manifest {
  const { spec, names, input } = context;
  const { coordinator = {} } = spec;
  const basePath = basePathOf(spec);
  return deployment(context, {
    name: names.coordinator,
    role: COORDINATOR,
    image: spec.image?.coordinator ?? input.defaults.coordinatorImage,
    replicas: coordinator.replicas ?? RENDER_DEFAULTS.coordinatorReplicas,
    drain: drainOf(settings),
    pods: coordinator,
    env: basePath === '' ? [] : [{ name: 'BASE_PATH', value: basePath }],
  });
}

/** It goes on serving, so that balancers notice, and then lets requests finish. */
function drainOf(settings: JsonMap): number {
  const time = (key: 'drainDelay' | 'drainTimeout') => {
    const value = valueAt(settings, ['systemConfig', 'cluster', 'coordinator', key]);
    return typeof value === 'number' ? value : DEFAULTS[key];
  };
  return time('drainDelay') + time('drainTimeout');
}
