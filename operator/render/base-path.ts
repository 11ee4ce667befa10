import type { McpHubClusterSpec } from '../api/types.ts';
import { PORTS, RENDER_DEFAULTS } from './defaults.ts';
import type { RenderContext } from './manifest.ts';

/**
 * Prefix of all paths of the coordinators (`BASE_PATH`): that of the Ingress or HTTPRoute, without a slash at its end;
 * empty where there is none. Paths are not rewritten on the way, since clients are told absolute ones.
 */
export function basePathOf({ coordinator }: McpHubClusterSpec): string {
  const path = coordinator?.ingress?.path ?? coordinator?.httpRoute?.path ?? RENDER_DEFAULTS.path;
  return path.replace(/\/+$/, '');
}

/** Where nodes register: with every coordinator that the name resolves to. */
export function coordinatorUrl({ spec, names, namespace, input }: RenderContext): string {
  const host = `${names.coordinators}.${namespace}.svc.${input.defaults.clusterDomain}`;
  return `http://${host}:${PORTS.mcp}${basePathOf(spec)}`;
}
