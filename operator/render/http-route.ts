import type { HttpRouteSpec } from '../api/types.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import { defined } from './json-map.ts';
import { COORDINATOR, type Manifest, manifest, type RenderContext } from './manifest.ts';

/** Binds Gateways to the public Service, without a limit on the time of a request: event streams stay open. */
export function httpRoute(context: RenderContext, spec: HttpRouteSpec): Manifest {
  const { parentRefs, hostnames, path = RENDER_DEFAULTS.path, annotations } = spec;
  const port = context.spec.coordinator?.service?.port ?? RENDER_DEFAULTS.servicePort;
  return manifest(
    context,
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      name: context.names.public,
      role: COORDINATOR,
      annotations,
    },
    {
      spec: defined({
        parentRefs: parentRefs.map((parent) => defined({ ...parent })),
        hostnames,
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: path } }],
            backendRefs: [{ name: context.names.public, port }],
            timeouts: { request: '0s' },
          },
        ],
      }),
    },
  );
}
