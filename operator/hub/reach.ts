import { DEFAULTS } from '../../settings/defaults.ts';

/** How the operator reaches the parts of a hub. */
export interface Reach {
  /** Address of a coordinator's Pod, without a path; undefined while it has none. */
  coordinator(pod: { namespace: string; name: string; ip?: string | undefined }): string | undefined;
  /** Address of the public Service of a cluster, without a path. */
  hub(service: { namespace: string; name: string; port: number }): string;
}

/** Addresses with fields in braces, as `MCPHUB_OPERATOR_COORDINATOR_URL` and `MCPHUB_OPERATOR_HUB_URL` have them. */
export interface ReachTemplates {
  /** May hold `{ip}`, `{namespace}`, `{pod}`. */
  coordinator: string;
  /** May hold `{name}`, `{namespace}`, `{domain}`, `{port}`. */
  hub: string;
}

/** Addresses within a Kubernetes cluster. A process outside needs others, such as those of a port-forward. */
export const IN_CLUSTER: ReachTemplates = {
  coordinator: `http://{ip}:${DEFAULTS.port}`,
  hub: 'http://{name}.{namespace}.svc.{domain}:{port}',
};

/** @param domain of the Kubernetes cluster, such as `cluster.local` */
export function createReach(templates: ReachTemplates, domain: string): Reach {
  return {
    coordinator({ namespace, name, ip }) {
      if (ip === undefined && templates.coordinator.includes('{ip}')) return undefined;
      return fill(templates.coordinator, { namespace, pod: name, ip: host(ip ?? '') });
    },
    hub: ({ namespace, name, port }) => fill(templates.hub, { namespace, name, domain, port: String(port) }),
  };
}

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (field, name: string) => values[name] ?? field).replace(/\/$/, '');
}

function host(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}
