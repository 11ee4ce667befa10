import { z } from 'zod';
import { readAddressRange } from './address-range.ts';
import { CLUSTER_MODES } from './cluster-mode.ts';
import { DEFAULTS } from './defaults.ts';
import { httpUrlProblem } from './http-url.ts';
import { passthroughProblem } from './passthrough.ts';
import { TRANSPORTS } from './transport.ts';

/**
 * `mcp_settings.json`. Every object is loose: keys of MCPHub that have no meaning here are kept and ignored.
 * Wrong types are errors that name the JSON path.
 */

/** The longest time that a timer of Node.js can wait, in milliseconds (24.8 days); a longer one would fire at once. */
export const LONGEST_TIMER = 2_147_483_647;
const milliseconds = z.int().nonnegative().max(LONGEST_TIMER);
const duration = z.int().positive().max(LONGEST_TIMER);

/** Several model APIs refuse other names of tools. */
const SHOWN_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const shownName = z.string().regex(SHOWN_NAME, 'must be 1 to 64 characters of A-Z a-z 0-9 _ . -');

const resourceOverride = z.looseObject({ enabled: z.boolean().optional(), description: z.string().optional() });
const resourceOverrides = z.record(z.string(), resourceOverride);

const itemOverride = z.looseObject({
  enabled: z.boolean().optional(),
  /** The bare name under which the hub shows it, in place of the server's own. */
  name: shownName.optional(),
  description: z.string().optional(),
});
const itemOverrides = z.record(z.string(), itemOverride).superRefine((overrides, context) => {
  const taken = new Map<string, string>();
  for (const [own, { name, enabled }] of Object.entries(overrides)) {
    if (name === undefined || enabled === false) continue;
    const first = taken.get(name);
    if (first === undefined) taken.set(name, own);
    else {
      const message = `${JSON.stringify(name)} is the new name of ${JSON.stringify(first)} already; write another one`;
      context.addIssue({ code: 'custom', path: [own, 'name'], message });
    }
  }
});

const TOKEN_RULE = "letters, digits and !#$%&'*+.^_`|~- (RFC 9110, section 5.6.2)";
const headerToken = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, `must be ${TOKEN_RULE}`);

const passedHeader = headerToken.superRefine((name, context) => {
  const problem = passthroughProblem(name);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const serverConfig = z
  .looseObject({
    type: z.enum(TRANSPORTS).optional(),
    command: z.string().optional(),
    args: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    envFile: z.string().optional(),
    cwd: z.string().optional(),
    url: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** Certificates in PEM, or the path of a file with them: the only authorities that are trusted for a remote server. */
    ca: z.string().optional(),
    /** Headers of the client's own request that are sent on to a remote server; `Authorization` only if it is named here and is not the key of the hub. */
    passthroughHeaders: z.array(passedHeader).optional(),
    enabled: z.boolean().optional(),
    tools: itemOverrides.optional(),
    prompts: itemOverrides.optional(),
    resources: resourceOverrides.optional(),
    options: z
      .looseObject({
        timeout: duration.optional(),
        startTimeout: duration.optional(),
        resetTimeoutOnProgress: z.boolean().optional(),
        maxTotalTimeout: duration.optional(),
      })
      .optional(),
    description: z.string().optional(),
    /** A process for each client; `calls`: calls that no session ties together are independent, and may be lent one. */
    perSessionClient: z.union([z.boolean(), z.literal('calls')]).optional(),
    startOnDemand: z.boolean().optional(),
    idleTimeoutMs: duration.optional(),
    /** What happens to sessions whose node is gone: re-created elsewhere, or answered with 404. */
    failover: z.enum(['resume', 'reset']).optional(),
    /** Whether a call that a lost node may have executed is sent again, if its tool is annotated read-only or idempotent. */
    retryReadOnly: z.boolean().optional(),
  })
  .superRefine((server, context) => {
    const problem = transportProblem(server);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
/** `refused` says why an entry that is in the file cannot be served; nothing else of that entry is kept. */
export type ServerConfig = z.infer<typeof serverConfig> & { refused?: string };

/** Empty texts pass: a variable that is unset where one server is hosted must not keep the others from starting. */
function transportProblem(server: {
  type?: string | undefined;
  command?: string | undefined;
  url?: string | undefined;
}) {
  if (server.type === 'openapi') return undefined;
  if (server.type === 'stdio') {
    return server.command === undefined ? 'a stdio server needs "command": the program to start' : undefined;
  }
  if (server.type !== undefined) {
    return server.url === undefined ? `a ${server.type} server needs "url": the address of its endpoint` : undefined;
  }
  if (server.command !== undefined || server.url !== undefined || 'openapi' in server) return undefined;
  return 'needs "command" (a program to start) or "url" (a remote server)';
}

/** A list shows nothing else; a map shows everything, and wins over the overrides of the server. */
const itemSelection = z.union([z.array(z.string()), z.literal('all'), itemOverrides]);
const resourceSelection = z.union([z.array(z.string()), z.literal('all'), resourceOverrides]);

const groupServer = z.union([
  z.string(),
  z.looseObject({
    name: z.string(),
    /** Stands for the server's name before the separator. */
    alias: shownName.optional(),
    tools: itemSelection.optional(),
    prompts: itemSelection.optional(),
    resources: resourceSelection.optional(),
  }),
]);

const group = z.looseObject({
  id: z.string().optional(),
  name: z.string().min(1),
  description: z.string().optional(),
  servers: z.array(groupServer).default([]),
});
export type Group = z.infer<typeof group>;

const bearerKey = z.looseObject({
  id: z.string().min(1).optional(),
  name: z.string().optional(),
  token: z.string().min(1),
  enabled: z.boolean().default(true),
  accessType: z.enum(['all', 'groups', 'servers', 'custom']).default('all'),
  allowedGroups: z.array(z.string()).optional(),
  allowedServers: z.array(z.string()).optional(),
});
export type BearerKey = z.infer<typeof bearerKey>;

const addressRange = z
  .string()
  .refine(
    (text) => readAddressRange(text) !== undefined,
    'must be an IP address or a range such as 10.0.0.0/8 (CIDR, RFC 4632)',
  );

const routing = z.looseObject({
  enableGlobalRoute: z.boolean().default(true),
  enableGroupNameRoute: z.boolean().default(true),
  /** Absent: keys are asked for as soon as one is configured. */
  enableBearerAuth: z.boolean().optional(),
  bearerAuthKey: z.string().default(''),
  skipAuth: z.boolean().default(false),
  /** Serve to everybody what asks to be kept from some, in ways that this hub does not know. */
  ignoreRestrictions: z.boolean().default(false),
  /** Host names a client may use, beside loopback when bound to loopback; empty: any. */
  allowedHosts: z.array(z.string()).default([]),
  /** Origins of browser clients, beside loopback ones; `*` allows all. */
  allowedOrigins: z.array(z.string()).default([]),
  /** Proxies whose `X-Forwarded-*` and `Forwarded` headers count. */
  trustedProxies: z.array(addressRange).default([]),
});
export type Routing = z.infer<typeof routing>;

/** A text or a list of texts; commas separate as well, so that one variable can hold several. */
const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => splitList([value].flat()));

/** The parts of comma-separated texts, trimmed, without empty ones. */
export function splitList(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).flatMap((part) => part.trim() || []);
}

const httpUrl = z.string().superRefine((value, context) => {
  const problem = value === '' ? undefined : httpUrlProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const httpUrls = oneOrMore.superRefine((urls, context) => {
  for (const problem of urls.map(httpUrlProblem)) {
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }
});

/** Node ids end up in cookies and headers. */
export const NODE_ID = /^[A-Za-z0-9._:@-]{1,253}$/;
export const NODE_ID_RULE = '1 to 253 characters of A-Z a-z 0-9 . _ : @ -';
const nodeId = z.string().refine((id) => id === '' || NODE_ID.test(id), `must be ${NODE_ID_RULE}`);

const limit = z.int().positive();

/** So much may wait for a client or a server that reads slowly, so a larger message could never be passed on. */
const LARGEST_MESSAGE = 64 * 1024 * 1024;
const messageSize = z.int().min(1_024).max(LARGEST_MESSAGE);

const limits = z.looseObject({
  sessionsPerNode: limit.default(DEFAULTS.sessionsPerNode),
  /** In use, of one key, over the whole cluster; without keys it does not apply. */
  sessionsPerPrincipal: limit.default(DEFAULTS.sessionsPerPrincipal),
  /** Of a node's sessions, own processes and listeners: for one key, or without keys one client address. */
  sharePerPrincipal: z.number().positive().max(1).default(DEFAULTS.sharePerPrincipal),
  /** Stdio servers that run at once on a node; a session's own process waits for a place. */
  processesPerNode: limit.default(DEFAULTS.processesPerNode),
  processQueueTimeout: milliseconds.default(DEFAULTS.processQueueTimeout),
  /** Processes that start at once on a node; absent: as many as it has processors. */
  startsAtOnce: limit.optional(),
  streamsPerSession: limit.default(DEFAULTS.streamsPerSession),
  callsPerSession: limit.default(DEFAULTS.callsPerSession),
  /** Open `subscriptions/listen` of 2026-07-28. */
  listenersPerNode: limit.default(DEFAULTS.listenersPerNode),
  requestBytes: messageSize.default(DEFAULTS.requestBytes),
  /** JSON values in a request, and names of members. Short requests are not counted. */
  requestValues: z.int().min(1_000).default(DEFAULTS.requestValues),
  stdioMessageBytes: messageSize.default(DEFAULTS.stdioMessageBytes),
});

const cluster = z.looseObject({
  enabled: z.boolean().default(false),
  mode: z.enum(CLUSTER_MODES).default('standalone'),
  /** Shared by all members; register, heartbeat and node endpoints refuse those who lack it. */
  token: oneOrMore.prefault([]),
  /** Signs session ids; several are accepted, the first signs. */
  secret: oneOrMore.prefault([]),
  node: z
    .looseObject({
      id: nodeId.optional(),
      name: z.string().max(253).optional(),
      url: httpUrl.optional(),
      coordinatorUrl: httpUrls.prefault([]),
      heartbeatInterval: duration.default(DEFAULTS.heartbeatInterval),
      registerOnStartup: z.boolean().default(true),
      drainTimeout: milliseconds.default(DEFAULTS.drainTimeout),
      /** 0: clients are not pinged. */
      clientPingInterval: milliseconds.default(DEFAULTS.clientPingInterval),
    })
    .prefault({}),
  coordinator: z
    .looseObject({
      nodeTimeout: duration.default(DEFAULTS.nodeTimeout),
      cleanupInterval: duration.default(DEFAULTS.cleanupInterval),
      stickySessionTimeout: duration.default(DEFAULTS.stickySessionTimeout),
      maxSessionAge: duration.default(DEFAULTS.maxSessionAge),
      drainDelay: milliseconds.default(DEFAULTS.drainDelay),
      drainTimeout: milliseconds.default(DEFAULTS.drainTimeout),
    })
    .prefault({}),
  stickySession: z
    .looseObject({
      enabled: z.boolean().default(true),
      strategy: z.enum(['consistent-hash', 'cookie', 'header']).default('consistent-hash'),
      cookieName: headerToken.default(DEFAULTS.cookieName),
      headerName: headerToken.default(DEFAULTS.headerName),
    })
    .prefault({}),
  limits: limits.prefault({}),
  /** Whatever writes the file can name this version of it; members tell which one they have in force. */
  revision: z.string().max(64).optional(),
  /** How long the tools of a server stay listed after the last node that had it went away. */
  catalogGrace: milliseconds.default(DEFAULTS.catalogGrace),
});
export type ClusterConfig = z.infer<typeof cluster>;

const systemConfig = z.looseObject({
  routing: routing.prefault({}),
  nameSeparator: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,8}$/, 'must be 1 to 8 characters of A-Z a-z 0-9 _ . -')
    .default(DEFAULTS.nameSeparator),
  /** Whether lists of several servers have only names that all model APIs take. */
  portableNames: z.boolean().default(true),
  /** Of each server whose own options have none. */
  startTimeout: duration.default(DEFAULTS.startTimeout),
  install: z.looseObject({ pythonIndexUrl: z.string().optional(), npmRegistry: z.string().optional() }).prefault({}),
  cluster: cluster.prefault({}),
});
export type SystemConfig = z.infer<typeof systemConfig>;

export const settingsSchema = z.looseObject({
  mcpServers: z.record(z.string(), serverConfig).default({}),
  groups: z.array(group).default([]),
  bearerKeys: z.array(bearerKey).default([]),
  systemConfig: systemConfig.prefault({}),
});
export type Settings = z.infer<typeof settingsSchema> & { mcpServers: Record<string, ServerConfig> };
