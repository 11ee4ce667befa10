import type { IngressSpec } from '../api/types.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import { defined } from './json-map.ts';
import { COORDINATOR, type Manifest, manifest, type RenderContext } from './manifest.ts';

/**
 * What event streams and long calls need of the nginx controller: nothing is held back, and silence is allowed between
 * the comments that coordinators send. The size of a request is the coordinators' to limit. Other controllers ignore these; those of the spec win.
 */
const NGINX = {
  'nginx.ingress.kubernetes.io/proxy-body-size': '0',
  'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
  'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
  'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
  'nginx.ingress.kubernetes.io/proxy-send-timeout': '3600',
} as const;

/** Sends a host to the public Service. No affinity is asked for: every coordinator knows every session. */
export function ingress(context: RenderContext, spec: IngressSpec): Manifest {
  const { host, className, path = RENDER_DEFAULTS.path, tlsSecretName } = spec;
  const backend = { service: { name: context.names.public, port: { name: 'mcp' } } };
  return manifest(
    context,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      name: context.names.public,
      role: COORDINATOR,
      annotations: { ...NGINX, ...spec.annotations },
    },
    {
      spec: defined({
        ingressClassName: className,
        tls: tlsSecretName === undefined ? undefined : [{ hosts: [host], secretName: tlsSecretName }],
        rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }],
      }),
    },
  );
}
