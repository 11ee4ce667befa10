import { networkInterfaces } from 'node:os';
import { CLUSTER_MODES, type ClusterMode } from './cluster-mode.ts';
import { DEFAULTS } from './defaults.ts';
import { SettingsError } from './errors.ts';
import type { Environ } from './expand.ts';
import { httpUrlProblem, withoutTrailingSlash } from './http-url.ts';
import { LONGEST_TIMER, NODE_ID, NODE_ID_RULE, type Settings, splitList } from './schema.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The variables that this program reads, checked. Those without a default are undefined, or empty lists, when unset. */
export interface Environment {
  /** `PORT`: of MCP and the management API; 0 is any free port. */
  readonly port: number;
  /** `HOST`: the address to listen on; see {@link listenHost}. */
  readonly host: string | undefined;
  /** `BASE_PATH`: empty, or with a slash at its start and none at its end. */
  readonly basePath: string;
  /** `METRICS_PORT`: undefined when unset, which allows another port than the default where that one is taken. */
  readonly metricsPort: number | undefined;
  readonly logLevel: LogLevel;
  /** `INIT_TIMEOUT`: milliseconds, of each server without its own `startTimeout`. */
  readonly startTimeout: number | undefined;
  /** `MCPHUB_SETTING_PATH`: a directory, or a path that ends in `.json`. */
  readonly settingPath: string | undefined;
  /** `MCPHUB_VARIABLES_PATH`: a JSON file with variables beside those of the environment. */
  readonly variablesPath: string | undefined;
  readonly clusterMode: ClusterMode | undefined;
  readonly clusterTokens: readonly string[];
  readonly clusterSecrets: readonly string[];
  readonly nodeId: string | undefined;
  readonly nodeName: string | undefined;
  readonly nodeUrl: string | undefined;
  readonly coordinatorUrls: readonly string[];
}

/** A problem of one variable is thrown as text and collected, so that all of them are reported at once. */
type Check<T> = (value: string) => T;

/**
 * Reads the variables of the environment that this program knows. An empty variable counts as unset.
 *
 * @throws SettingsError MCPHUB_SETTINGS_ENVIRONMENT with every variable that is wrong, its value, and what would be right
 * @example readEnvironment({ PORT: '3001', BASE_PATH: 'mcp/' }).basePath // '/mcp'
 */
export function readEnvironment(env: Environ): Environment {
  const problems: string[] = [];
  const read = <T, F>(name: string, check: Check<T>, fallback: F): T | F => {
    const value = env[name]?.trim();
    if (value === undefined || value === '') return fallback;
    try {
      return check(value);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return fallback;
    }
  };
  const environment: Environment = {
    port: read('PORT', port, DEFAULTS.port) ?? DEFAULTS.port,
    host: read('HOST', host, undefined),
    basePath: read('BASE_PATH', basePath, ''),
    metricsPort: read('METRICS_PORT', port, undefined),
    logLevel: read('LOG_LEVEL', oneOf(LOG_LEVELS), DEFAULTS.logLevel),
    startTimeout: read('INIT_TIMEOUT', milliseconds, undefined),
    settingPath: read('MCPHUB_SETTING_PATH', String, undefined),
    variablesPath: read('MCPHUB_VARIABLES_PATH', String, undefined),
    clusterMode: read('MCPHUB_CLUSTER_MODE', oneOf(CLUSTER_MODES), undefined),
    clusterTokens: read('MCPHUB_CLUSTER_TOKEN', list, []),
    clusterSecrets: read('MCPHUB_CLUSTER_SECRET', list, []),
    nodeId: read('MCPHUB_NODE_ID', nodeId, undefined),
    nodeName: read('MCPHUB_NODE_NAME', nodeName, undefined),
    nodeUrl: read('MCPHUB_NODE_URL', httpUrl, undefined),
    coordinatorUrls: read('MCPHUB_COORDINATOR_URL', (value) => list(value).map(httpUrl), []),
  };
  if (problems.length > 0) throw new SettingsError('MCPHUB_SETTINGS_ENVIRONMENT', problems);
  return environment;
}

/** Kubernetes sets `PORT`-like variables to `tcp://...` for a Service of that name; such a value is not meant for us. */
function port(value: string): number | undefined {
  if (/^(tcp|udp|sctp):\/\//.test(value)) return undefined;
  const number = Number(value);
  if (/^\d{1,5}$/.test(value) && number <= 65_535) return number;
  throw new Error(`"${value}" is not a port; write a number from 0 to 65535 (0 takes any free port)`);
}

function host(value: string): string {
  const bare = value.replace(/^\[(.*)\]$/, '$1');
  if (/^[A-Za-z0-9._:%-]+$/.test(bare)) return bare;
  throw new Error(
    `"${value}" is not an address to listen on; write one such as 127.0.0.1, :: or 0.0.0.0, without a port`,
  );
}

function milliseconds(value: string): number {
  const number = Number(value);
  if (/^\d{1,10}$/.test(value) && number > 0 && number <= LONGEST_TIMER) return number;
  throw new Error(`"${value}" is not a time; write milliseconds, from 1 to ${LONGEST_TIMER}`);
}

function basePath(value: string): string {
  const segments = value.split('/').filter((segment) => segment !== '');
  const good = segments.every((segment) => /^[A-Za-z0-9._~-]+$/.test(segment) && !/^\.{1,2}$/.test(segment));
  if (good) return segments.map((segment) => `/${segment}`).join('');
  throw new Error(`"${value}" is not a path; write one such as /mcphub (letters, digits, - . _ ~ between slashes)`);
}

function oneOf<const T extends string>(allowed: readonly T[]): Check<T> {
  return (value) => {
    const found = allowed.find((item) => item === value.toLowerCase());
    if (found !== undefined) return found;
    throw new Error(`"${value}" is not known; write one of ${allowed.join(', ')}`);
  };
}

function list(value: string): string[] {
  return splitList([value]);
}

function nodeId(value: string): string {
  if (NODE_ID.test(value)) return value;
  throw new Error(`"${value}" is not a node id; write ${NODE_ID_RULE}`);
}

function nodeName(value: string): string {
  if (value.length <= 253) return value;
  throw new Error(`is ${value.length} characters long; write at most 253`);
}

function httpUrl(value: string): string {
  const problem = httpUrlProblem(value);
  if (problem !== undefined) throw new Error(problem);
  return withoutTrailingSlash(value);
}

/**
 * Settings with what the environment overrides in `systemConfig`. Doing it twice changes nothing more.
 * `MCPHUB_CLUSTER_MODE` also enables the cluster.
 */
export function applyEnvironment(settings: Settings, environment: Environment): Settings {
  const { cluster } = settings.systemConfig;
  const { id, name, url, ...node } = cluster.node;
  const identity = {
    id: environment.nodeId ?? id,
    name: environment.nodeName ?? name,
    url: environment.nodeUrl ?? (url === undefined ? undefined : withoutTrailingSlash(url)),
  };
  return {
    ...settings,
    systemConfig: {
      ...settings.systemConfig,
      ...(environment.startTimeout !== undefined && { startTimeout: environment.startTimeout }),
      cluster: {
        ...cluster,
        ...(environment.clusterMode !== undefined && { enabled: true, mode: environment.clusterMode }),
        token: orElse(environment.clusterTokens, cluster.token),
        secret: orElse(environment.clusterSecrets, cluster.secret),
        node: {
          ...node,
          // An empty text comes from an unset variable, and means the default.
          ...(identity.id && { id: identity.id }),
          ...(identity.name && { name: identity.name }),
          ...(identity.url && { url: identity.url }),
          coordinatorUrl: orElse(environment.coordinatorUrls, node.coordinatorUrl.map(withoutTrailingSlash)),
        },
      },
    },
  };
}

function orElse(values: readonly string[], others: readonly string[]): string[] {
  return [...(values.length > 0 ? values : others)];
}

/**
 * The address to listen on: `HOST`, else loopback for a hub that stands alone, and all interfaces for a member of a
 * cluster. Without IPv6 on this machine `::` cannot be bound, so all interfaces are `0.0.0.0` there.
 *
 * @param interfaces names and addresses as `os.networkInterfaces()` gives them
 */
export function listenHost(
  environment: Pick<Environment, 'host'>,
  mode: ClusterMode,
  interfaces: NodeJS.Dict<{ family: string }[]> = networkInterfaces(),
): string {
  if (environment.host !== undefined) return environment.host;
  if (mode === 'standalone') return '127.0.0.1';
  const hasIpv6 = Object.values(interfaces).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'));
  return hasIpv6 ? '::' : '0.0.0.0';
}
