import type { RequestOptions } from 'node:https';
import type { KubeConfig as LibraryConfig } from '@kubernetes/client-node';
import { systemClock } from './clock.ts';
import type { Clock, KubeConfig, KubeCredentials } from './contract.ts';
import { cached } from './credentials.ts';

export interface KubeconfigOptions {
  clock?: Clock;
  /** Fills the library's configuration. Default: from KUBECONFIG or ~/.kube/config. */
  load?: (config: LibraryConfig) => void;
}

/**
 * The current context of a kubeconfig, read by `@kubernetes/client-node`: certificates, tokens, and the plugins that
 * clouds use (`exec`, OIDC).
 * @throws Error without that package, or where the kubeconfig has no cluster or user for its context
 */
export async function kubeconfigOf(options: KubeconfigOptions = {}): Promise<KubeConfig> {
  const { clock = systemClock, load = (config) => config.loadFromDefault() } = options;
  const { KubeConfig: Library } = await importLibrary();
  const read = () => readContext(new Library(), load);
  let current = read();
  const { server, proxyUrl, namespace } = current;
  return {
    server,
    namespace,
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    credentials: cached(clock, async (fresh) => {
      if (fresh) current = read();
      return credentialsOf(current.config);
    }),
  };
}

async function importLibrary(): Promise<typeof import('@kubernetes/client-node')> {
  try {
    return await import('@kubernetes/client-node');
  } catch (cause) {
    throw new Error('a kubeconfig is read with @kubernetes/client-node: run `npm install @kubernetes/client-node`', {
      cause,
    });
  }
}

function readContext(config: LibraryConfig, load: (config: LibraryConfig) => void) {
  load(config);
  const cluster = config.getCurrentCluster();
  const context = config.getContextObject(config.getCurrentContext());
  if (cluster === null || context === null) {
    throw new Error(`the kubeconfig has no cluster for its current context "${config.getCurrentContext()}"`);
  }
  const server = cluster.server.replace(/\/+$/, '');
  // Without TLS there is nothing to verify; the library refuses plain HTTP unless told so.
  if (server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  const { proxyUrl } = cluster;
  if (proxyUrl?.startsWith('socks')) {
    throw new Error(`proxy-url ${proxyUrl} of the kubeconfig: SOCKS is not supported, an http:// proxy is`);
  }
  return { config, server, namespace: context.namespace ?? 'default', proxyUrl };
}

async function credentialsOf(config: LibraryConfig): Promise<KubeCredentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const tls: KubeCredentials['tls'] = {};
  for (const name of ['ca', 'cert', 'key', 'passphrase', 'servername'] as const) {
    const value = options[name];
    if (value !== undefined && value !== null) tls[name] = String(value);
  }
  if (options.rejectUnauthorized === false) tls.rejectUnauthorized = false;
  return { headers, tls };
}
