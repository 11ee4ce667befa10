import { hostname } from 'node:os';
import { LOG_LEVELS, type LogLevel } from '../settings/environment.ts';
import { OperatorError } from './errors.ts';
import { IN_CLUSTER, type ReachTemplates } from './hub/reach.ts';

/** What an operator is told by its environment. */
export interface OperatorConfig {
  /** `WATCH_NAMESPACES`, separated by commas; empty watches all. */
  namespaces: string[];
  /** `POD_NAMESPACE`: where the Lease is. Undefined: the namespace of the ServiceAccount or of the kubeconfig. */
  namespace: string | undefined;
  /** `POD_NAME`: who writes events and holds the Lease. */
  name: string;
  /** `LEADER_ELECT`: false only where there is one operator. */
  leaderElection: boolean;
  /** `RELATED_IMAGE_COORDINATOR`, `RELATED_IMAGE_NODE`: of clusters that name none. */
  coordinatorImage: string;
  nodeImage: string;
  /** `CLUSTER_DOMAIN`: domain of the Kubernetes cluster. */
  clusterDomain: string;
  /** `MAX_CONCURRENT_RECONCILES`. */
  workers: number;
  /** `HOST`: where metrics and probes are served; undefined takes all interfaces. */
  host: string | undefined;
  /** `METRICS_PORT`: undefined takes the default, or a free one. */
  metricsPort: number | undefined;
  /** `LOG_LEVEL`. */
  logLevel: LogLevel;
  /** `MCPHUB_OPERATOR_VERIFY`: whether handshakes through the Services are tried. */
  verify: boolean;
  /** `MCPHUB_OPERATOR_COORDINATOR_URL`, `MCPHUB_OPERATOR_HUB_URL`: how hubs are reached, for an operator outside of the cluster. */
  reach: ReachTemplates;
}

/** Without a variable. Images are those of the operator's own version. */
export const CONFIG_DEFAULTS = {
  coordinatorImage: 'mcphub-coordinator',
  nodeImage: 'mcphub-node',
  clusterDomain: 'cluster.local',
  workers: 8,
  logLevel: 'info',
} as const;

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads the variables of an operator. An empty one counts as unset.
 * @param version of the operator
 * @throws OperatorError MCPHUB_OPERATOR_ENVIRONMENT with every variable that is wrong, and what would be right
 */
export function readOperatorConfig(env: NodeJS.ProcessEnv, version: string): OperatorConfig {
  const problems: string[] = [];
  const read = <T, F>(name: string, parse: (value: string) => T, fallback: F): T | F => {
    const value = env[name]?.trim();
    if (value === undefined || value === '') return fallback;
    try {
      return parse(value);
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
      return fallback;
    }
  };
  const config: OperatorConfig = {
    namespaces: read('WATCH_NAMESPACES', namespaces, []),
    namespace: read('POD_NAMESPACE', namespace, undefined),
    name: read('POD_NAME', podName, hostname().toLowerCase()),
    leaderElection: read('LEADER_ELECT', flag, true),
    coordinatorImage: read('RELATED_IMAGE_COORDINATOR', image, `${CONFIG_DEFAULTS.coordinatorImage}:${version}`),
    nodeImage: read('RELATED_IMAGE_NODE', image, `${CONFIG_DEFAULTS.nodeImage}:${version}`),
    clusterDomain: read('CLUSTER_DOMAIN', domain, CONFIG_DEFAULTS.clusterDomain),
    workers: read('MAX_CONCURRENT_RECONCILES', (value) => whole(value, 1, 100), CONFIG_DEFAULTS.workers),
    host: read('HOST', String, undefined),
    metricsPort: read('METRICS_PORT', (value) => whole(value, 0, 65_535), undefined),
    logLevel: read('LOG_LEVEL', logLevel, CONFIG_DEFAULTS.logLevel),
    verify: read('MCPHUB_OPERATOR_VERIFY', flag, true),
    reach: {
      coordinator: read(
        'MCPHUB_OPERATOR_COORDINATOR_URL',
        (value) => template(value, ['ip', 'namespace', 'pod']),
        IN_CLUSTER.coordinator,
      ),
      hub: read(
        'MCPHUB_OPERATOR_HUB_URL',
        (value) => template(value, ['name', 'namespace', 'domain', 'port']),
        IN_CLUSTER.hub,
      ),
    },
  };
  if (problems.length > 0) throw new OperatorError('MCPHUB_OPERATOR_ENVIRONMENT', problems);
  return config;
}

function namespaces(value: string): string[] {
  return [...new Set(value.split(',').map((name) => name.trim()))].filter((name) => name !== '').map(namespace);
}

function namespace(value: string): string {
  if (NAMESPACE.test(value)) return value;
  throw new Error(
    `"${value}" is not the name of a namespace; write one such as "default" (several with commas between)`,
  );
}

function podName(value: string): string {
  if (NAME.test(value)) return value;
  throw new Error(`"${value}" is not the name of a Pod; write small letters, digits and dashes`);
}

function domain(value: string): string {
  if (NAME.test(value)) return value;
  throw new Error(`"${value}" is not a domain; write the one of the Kubernetes cluster, such as cluster.local`);
}

function image(value: string): string {
  if (/^\S{1,512}$/.test(value)) return value;
  throw new Error(`"${value}" is not an image; write one such as registry.example.com/mcphub-node:1.0.0`);
}

function flag(value: string): boolean {
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  throw new Error(`"${value}" is not known; write true or false`);
}

function whole(value: string, least: number, most: number): number {
  const number = Number(value);
  if (/^\d{1,6}$/.test(value) && number >= least && number <= most) return number;
  throw new Error(`"${value}" is not right; write a whole number from ${least} to ${most}`);
}

function logLevel(value: string): LogLevel {
  const found = LOG_LEVELS.find((level) => level === value.toLowerCase());
  if (found !== undefined) return found;
  throw new Error(`"${value}" is not known; write one of ${LOG_LEVELS.join(', ')}`);
}

function template(value: string, fields: readonly string[]): string {
  const unknown = [...value.matchAll(/\{(\w*)\}/g)]
    .map(([, field = '']) => field)
    .find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw new Error(
      `"${value}" has the unknown field {${unknown}}; write ${fields.map((field) => `{${field}}`).join(', ')}`,
    );
  }
  if (/^https?:\/\/[^/]/.test(value)) return value;
  throw new Error(`"${value}" is not an address; write one such as http://127.0.0.1:3000`);
}
