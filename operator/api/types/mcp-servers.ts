// Made from operator/api/schema by "npm run generate": change that, not this.
import type { KeyReference, LocalReference, ResourceRequirements } from './building-blocks.ts';

/** An entry of `mcpServers`: all keys of mcp_settings.json are kept. */
export interface McpServerSpec {
  [key: string]: unknown;
  /**
   * How the server is reached. Absent: stdio with `command`, what the server turns out to have with `url`,
   * streamable-http with `container`.
   */
  type?: 'stdio' | 'sse' | 'streamable-http';
  /** Program of a stdio server. It must be in the image of the nodes. */
  command?: string;
  /** Arguments of the program. */
  args?: string[];
  /** Environment variables of the program. Secrets belong into `envFrom`. */
  env?: Record<string, string>;
  /** Working directory of the program. Absent: that of the node. */
  cwd?: string;
  /** Address of a remote server; `${NAME}` is replaced. */
  url?: string;
  /** Headers of requests to a remote server. Secrets belong into `headersFrom`. */
  headers?: Record<string, string>;
  /**
   * Headers of the client's own request that are sent on to a remote server; `Authorization` only if it is named here.
   */
  passthroughHeaders?: string[];
  /** Whether the server is offered. Absent: true. */
  enabled?: boolean;
  /** Shown to people. */
  description?: string;
  /**
   * Whether each session has a process of its own, with the client's capabilities. Absent: false, one process for all
   * sessions of a node.
   */
  perSessionClient?: boolean;
  /** Whether the program is started by the first request. Absent: false. */
  startOnDemand?: boolean;
  /**
   * With `startOnDemand`, the program is stopped after this time without a request, in milliseconds. Absent: 300000.
   */
  idleTimeoutMs?: number;
  /**
   * What happens to sessions whose node is gone: `resume` re-creates them on another node, `reset` answers with 404, so
   * that the client starts anew. Absent: resume.
   */
  failover?: 'resume' | 'reset';
  /**
   * Whether a call that a lost node may have executed is sent again, if its tool is annotated read-only or idempotent.
   * Absent: false.
   */
  retryReadOnly?: boolean;
  /** `timeout` and `maxTotalTimeout` in milliseconds, `resetTimeoutOnProgress`. Absent: no limit but the client's. */
  options?: Record<string, unknown>;
  /** Settings of single tools by their own name, such as `{ "enabled": false }`. Absent: all are shown as they are. */
  tools?: Record<string, Record<string, unknown>>;
  /**
   * Settings of single prompts by their own name, such as `{ "enabled": false }`. Absent: all are shown as they are.
   */
  prompts?: Record<string, Record<string, unknown>>;
  /**
   * Settings of single resources by their own name, such as `{ "enabled": false }`. Absent: all are shown as they are.
   */
  resources?: Record<string, Record<string, unknown>>;
  /**
   * Values of Secrets and ConfigMaps: variables of the program's environment, and `${NAME}` in this entry. With
   * `container`: only `${NAME}`; its own variables are in `container.envFrom`.
   */
  envFrom?: EnvFromSpec[];
  /** Headers whose values come from Secrets. */
  headersFrom?: HeaderFromSpec[];
  /** An HTTP MCP server as a sidecar of every node that hosts it. Instead of `command` and `url`. */
  container?: ServerContainerSpec;
  /**
   * Pools of nodes that host the server: `nodes`, or names of `nodePools`. Absent: `nodes`, unless a pool names the
   * server in its `servers`.
   */
  pools?: string[];
}

/** All keys of a Secret or of a ConfigMap as variables. */
export interface EnvFromSpec {
  /** Put before the name of each key: `GITHUB_` makes `GITHUB_TOKEN` of `TOKEN`. */
  prefix?: string;
  /** The Secret. Its values stay in Secrets; they are in no ConfigMap and not in the status. */
  secretRef?: LocalReference;
  /** The ConfigMap. */
  configMapRef?: LocalReference;
}

/** A header whose value comes from a Secret. */
export interface HeaderFromSpec {
  /** Name of the header, such as `Authorization`. */
  name: string;
  /** Where the value is. */
  secretKeyRef: KeyReference;
  /** Put before the value, such as `Bearer ` with its space. */
  prefix?: string;
}

/** An HTTP MCP server as a sidecar of every node that hosts it. */
export interface ServerContainerSpec {
  /** Image of the server. */
  image: string;
  /**
   * Port on which it serves MCP. Sidecars of one pool share a network: each needs a port of its own, not 3000 or 9464.
   */
  port: number;
  /** Path of its endpoint. Default "/mcp". */
  path?: string;
  /** Program to start. Absent: the entry point of the image. */
  command?: string[];
  /** Arguments. Absent: those of the image. */
  args?: string[];
  /** Environment variables, as in a Pod: `value`, or `valueFrom` with a reference to a Secret. */
  env?: Record<string, unknown>[];
  /** Secrets and ConfigMaps whose keys become variables of the container. */
  envFrom?: EnvFromSpec[];
  /** What the container asks for and may use. Absent: no requests and no limits. */
  resources?: ResourceRequirements;
  /** Liveness probe of the container, as in a Pod. Absent: none; the node watches the server itself. */
  livenessProbe?: Record<string, unknown>;
  /**
   * Readiness probe of the container, as in a Pod. Absent: none. While it fails, the whole node gets no requests;
   * prefer a startupProbe.
   */
  readinessProbe?: Record<string, unknown>;
  /** Startup probe of the container, as in a Pod. Absent: none. Give a slow server time here. */
  startupProbe?: Record<string, unknown>;
  /**
   * Fields of the container's security context that differ from the restricted profile, such as `{ "runAsUser": 1000
   * }`.
   */
  securityContext?: Record<string, unknown>;
}
