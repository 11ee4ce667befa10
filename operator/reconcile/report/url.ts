import type { McpHubCluster } from '../../api/types.ts';
import type { KubeObject } from '../../kube/contract.ts';

interface ServiceFields {
  spec?: { ports?: { port: number; nodePort?: number }[] };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface Published {
  cluster: McpHubCluster;
  /** The public Service as it is; undefined before it was made. */
  service: KubeObject | undefined;
  /** Address of a Kubernetes node, for a NodePort. */
  hostIp: string | undefined;
  /** Path below which the coordinators serve. */
  basePath: string;
  /** Domain of the Kubernetes cluster. */
  domain: string;
}

/**
 * Where clients connect: the host of the Ingress or route, else the load balancer, the NodePort, the name of the Service.
 * @returns undefined while there is no address yet
 */
export function publicUrl(published: Published): string | undefined {
  const { ingress, httpRoute, service: wanted } = published.cluster.spec.coordinator ?? {};
  if (ingress !== undefined) {
    return `${ingress.tlsSecretName === undefined ? 'http' : 'https'}://${ingress.host}${published.basePath}/mcp`;
  }
  const hostname = httpRoute?.hostnames?.[0];
  if (hostname !== undefined) {
    const secure = httpRoute?.parentRefs.some(
      ({ port, sectionName }) => port === 443 || sectionName?.includes('https'),
    );
    return `${secure ? 'https' : 'http'}://${hostname}${published.basePath}/mcp`;
  }
  if (wanted?.type === 'LoadBalancer') return balancerUrl(published);
  if (wanted?.type === 'NodePort') return nodePortUrl(published);
  const { name, namespace = 'default' } = published.cluster.metadata;
  return address(`${name}.${namespace}.svc.${published.domain}`, portOf(published.service), published.basePath);
}

function balancerUrl({ service, basePath }: Published): string | undefined {
  const entry = (service as ServiceFields | undefined)?.status?.loadBalancer?.ingress?.[0];
  const host = entry?.hostname ?? entry?.ip;
  return host === undefined ? undefined : address(host, portOf(service), basePath);
}

function nodePortUrl({ service, hostIp, basePath }: Published): string | undefined {
  const port = (service as ServiceFields | undefined)?.spec?.ports?.[0]?.nodePort;
  return port === undefined || hostIp === undefined ? undefined : address(hostIp, port, basePath);
}

function portOf(service: KubeObject | undefined): number {
  return (service as ServiceFields | undefined)?.spec?.ports?.[0]?.port ?? 80;
}

function address(host: string, port: number, basePath: string): string {
  const named = host.includes(':') ? `[${host}]` : host;
  return `http://${named}${port === 80 ? '' : `:${port}`}${basePath}/mcp`;
}
