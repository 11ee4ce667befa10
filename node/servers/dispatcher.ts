import { readFileSync } from 'node:fs';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { ServerConfig } from '../../settings/schema.ts';
import { SERVERS } from './config.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The connections to a remote server, direct or by way of a proxy. */
export interface Connections {
  dispatcher: Dispatcher;
  /** The proxy that the environment names for such servers; `NO_PROXY` may say otherwise. */
  proxy: URL | undefined;
}

const OPTIONS = {
  bodyTimeout: 0,
  headersTimeout: 0,
  // Below the 5 s after which common servers close idle sockets: reuse of a dying one has an unknown outcome.
  keepAliveTimeout: 4_000,
};

/**
 * Makes the connections to the server of an entry. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case, count as they do for curl;
 * what runs on this machine is never reached by way of a proxy.
 * @throws Error that names the setting or variable that cannot be used
 */
export function connectionsTo(
  name: string,
  url: URL,
  config: Pick<ServerConfig, 'ca'>,
  env: Env = process.env,
): Connections {
  const connect = { timeout: SERVERS.connectTimeout, ...authorities(name, config.ca) };
  const httpProxy = proxyOf('HTTP_PROXY', env);
  const httpsProxy = proxyOf('HTTPS_PROXY', env) ?? httpProxy;
  const proxy = url.protocol === 'https:' ? httpsProxy : httpProxy;
  const noProxy = variable('NO_PROXY', env) ?? '';
  if (proxy === undefined || isOfThisMachine(url)) {
    return { dispatcher: new Pool(url.origin, { ...OPTIONS, connect }), proxy: undefined };
  }
  const dispatcher = new EnvHttpProxyAgent({
    ...OPTIONS,
    connect,
    requestTls: connect,
    proxyTls: { timeout: SERVERS.connectTimeout },
    httpProxy: httpProxy?.href ?? '',
    httpsProxy: httpsProxy?.href ?? '',
    noProxy,
  });
  return { dispatcher, proxy };
}

/** The small letters win, as for curl. */
function variable(name: string, env: Env): string | undefined {
  return env[name.toLowerCase()]?.trim() || env[name]?.trim();
}

/** @returns undefined when the variable is not set */
function proxyOf(name: string, env: Env): URL | undefined {
  const value = variable(name, env);
  if (value === undefined || value === '') return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(https?|socks5?):$/.test(url.protocol)) return url;
  throw new Error(
    `the variable ${name} is not the address of a proxy; write one such as http://proxy:3128, or unset it`,
  );
}

function isOfThisMachine({ hostname }: URL): boolean {
  return /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** @param ca certificates in PEM, or the path of a file that has them, read anew for each connection to the server */
function authorities(name: string, ca: string | undefined): { ca?: string } {
  if (ca === undefined || ca === '') return {};
  if (ca.includes('-----BEGIN')) return { ca };
  try {
    return { ca: readFileSync(ca, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `the file of mcpServers.${name}.ca cannot be read (${code}); name a file with certificates in PEM, or write them there`,
    );
  }
}
