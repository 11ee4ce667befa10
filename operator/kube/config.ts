import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './clock.ts';
import type { Clock, KubeConfig } from './contract.ts';
import { cached } from './credentials.ts';

/** Where Kubernetes mounts the token, the CA and the namespace of a Pod. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  host: string;
  port: string;
  /** Folder of the mounted files. Default: where Kubernetes mounts them. */
  directory?: string;
  clock?: Clock;
}

/**
 * How to reach the API server: KUBECONFIG, then ~/.kube/config, then the ServiceAccount of the Pod. The last needs no
 * library; the others load the optional package `@kubernetes/client-node`, which takes about 90 MB of memory.
 * @throws Error that says what is missing
 */
export async function loadKubeConfig(env: NodeJS.ProcessEnv = process.env): Promise<KubeConfig> {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!env.KUBECONFIG && !existsSync(join(env.HOME ?? homedir(), '.kube', 'config'))) {
    if (!host) {
      throw new Error('no way to an API server: set KUBECONFIG, write ~/.kube/config, or run in a Pod of the cluster');
    }
    return inClusterConfig({ host, port: env.KUBERNETES_SERVICE_PORT || '443' });
  }
  const { kubeconfigOf } = await import('./kubeconfig.ts');
  return kubeconfigOf();
}

/** The configuration of a Pod: token and CA are files that Kubernetes replaces while the Pod runs. */
export async function inClusterConfig(options: InClusterOptions): Promise<KubeConfig> {
  const { host, port, directory = SERVICE_ACCOUNT, clock = systemClock } = options;
  const read = (name: string) => readFile(join(directory, name), 'utf8');
  const namespace = (await read('namespace').catch(() => 'default')).trim();
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace,
    credentials: cached(clock, async () => {
      const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
      return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    }),
  };
}
