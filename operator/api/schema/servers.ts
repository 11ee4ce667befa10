import { DEFAULTS } from '../../../settings/defaults.ts';
import { DEFAULT_POOL } from '../names.ts';
import { CONTAINER } from './container.ts';
import { choice, embedded, flag, list, map, object, type Rule, type Shape, text } from './field.ts';
import { envFrom, KEY_REFERENCE } from './references.ts';
import { tokenRule } from './sticky-session.ts';
import { duration } from './time.ts';

const VARIABLE = `\`\${NAME}\``;

const HEADER_FROM: Shape = {
  name: 'HeaderFromSpec',
  description: 'A header whose value comes from a Secret.',
  fields: {
    name: text('Name of the header, such as `Authorization`.', {
      required: true,
      minLength: 1,
      maxLength: 64,
      rules: [tokenRule('header', 'Authorization')],
    }),
    secretKeyRef: object('Where the value is.', KEY_REFERENCE, { required: true }),
    prefix: text('Put before the value, such as `Bearer ` with its space.', { maxLength: 128 }),
  },
};

const overrides = (what: string) =>
  map(
    `Settings of single ${what} by their own name, such as \`{ "enabled": false }\`. Absent: all are shown as they are.`,
    embedded('`enabled`, `name` (tools and prompts) and `description`.', { maxProperties: 16 }),
    { maxProperties: 1024 },
  );

const SERVER_RULES: readonly Rule[] = [
  {
    rule: '!(has(self.command) && has(self.url)) && !(has(self.container) && (has(self.command) || has(self.url)))',
    message: 'write only one of command (a program to start), url (a remote server) and container (a sidecar)',
  },
  {
    rule: "!has(self.type) || (self.type == 'stdio' ? !(has(self.url) || has(self.container)) : !has(self.command))",
    message:
      'type does not fit: with command it is stdio, with url or container sse or streamable-http; correct it, or leave it out (a server at a url is then asked what it speaks)',
  },
  {
    rule: '!has(self.headersFrom) || !has(self.command)',
    message: 'headersFrom needs url or container; give a program its secrets with envFrom',
  },
];

/** Keys of `mcp_settings.json`, of which `docs/settings.md` is the reference. */
const SETTINGS_KEYS = {
  type: choice(
    'How the server is reached. Absent: stdio with `command`, what the server turns out to have with `url`, streamable-http with `container`.',
    ['stdio', 'sse', 'streamable-http'],
  ),
  command: text('Program of a stdio server. It must be in the image of the nodes.', { minLength: 1, maxLength: 4096 }),
  args: list('Arguments of the program.', text(`One argument; ${VARIABLE} is replaced.`, { maxLength: 32_768 }), {
    maxItems: 256,
    merge: 'atomic',
  }),
  env: map(
    'Environment variables of the program. Secrets belong into `envFrom`.',
    text(`Value; ${VARIABLE} is replaced.`, { maxLength: 32_768 }),
    { maxProperties: 256 },
  ),
  cwd: text('Working directory of the program. Absent: that of the node.', { minLength: 1, maxLength: 4096 }),
  url: text(`Address of a remote server; ${VARIABLE} is replaced.`, { minLength: 1, maxLength: 4096 }),
  headers: map(
    'Headers of requests to a remote server. Secrets belong into `headersFrom`.',
    text(`Value; ${VARIABLE} is replaced.`, { maxLength: 8192 }),
    { maxProperties: 64 },
  ),
  passthroughHeaders: list(
    "Headers of the client's own request that are sent on to a remote server; `Authorization` only if it is named here.",
    text('Name of a header.', { minLength: 1, maxLength: 64, rules: [tokenRule('header', 'X-Request-Id')] }),
    { maxItems: 32, merge: 'set' },
  ),
  enabled: flag('Whether the server is offered. Absent: true.'),
  description: text('Shown to people.', { maxLength: 4096 }),
  perSessionClient: flag(
    "Whether each session has a process of its own, with the client's capabilities. Absent: false, one process for all sessions of a node.",
  ),
  startOnDemand: flag('Whether the program is started by the first request. Absent: false.'),
  idleTimeoutMs: duration(
    `With \`startOnDemand\`, the program is stopped after this time without a request, in milliseconds. Absent: ${DEFAULTS.idleTimeoutMs}.`,
  ),
  failover: choice(
    'What happens to sessions whose node is gone: `resume` re-creates them on another node, `reset` answers with 404, so that the client starts anew. Absent: resume.',
    ['resume', 'reset'],
  ),
  retryReadOnly: flag(
    'Whether a call that a lost node may have executed is sent again, if its tool is annotated read-only or idempotent. Absent: false.',
  ),
  options: embedded(
    "`timeout` and `maxTotalTimeout` in milliseconds, `resetTimeoutOnProgress`. Absent: no limit but the client's.",
    {
      maxProperties: 16,
    },
  ),
  tools: overrides('tools'),
  prompts: overrides('prompts'),
  resources: overrides('resources'),
} as const;

export const SERVER: Shape = {
  name: 'McpServerSpec',
  description: 'An entry of `mcpServers`: all keys of mcp_settings.json are kept.',
  open: true,
  fields: {
    ...SETTINGS_KEYS,
    envFrom: envFrom(
      `Values of Secrets and ConfigMaps: variables of the program's environment, and ${VARIABLE} in this entry. With \`container\`: only ${VARIABLE}; its own variables are in \`container.envFrom\`.`,
    ),
    headersFrom: list('Headers whose values come from Secrets.', object('A header.', HEADER_FROM), {
      maxItems: 16,
      merge: { keys: ['name'] },
    }),
    container: object(
      'An HTTP MCP server as a sidecar of every node that hosts it. Instead of `command` and `url`.',
      CONTAINER,
    ),
    pools: list(
      `Pools of nodes that host the server: \`${DEFAULT_POOL}\`, or names of \`nodePools\`. Absent: \`${DEFAULT_POOL}\`, unless a pool names the server in its \`servers\`.`,
      text('Name of a pool.', { minLength: 1, maxLength: 16 }),
      { minItems: 1, maxItems: 17, merge: 'set' },
    ),
  },
  rules: SERVER_RULES,
};

export const mcpServers = map(
  'The map of mcp_settings.json, by the name of the server: 1 to 128 characters of A-Z a-z 0-9 . _ - without `..`. A change reaches running nodes within seconds; only servers whose own entry changed restart.',
  object('A server.', SERVER),
  {
    maxProperties: 256,
    rules: [
      {
        rule: "self.all(name, name.size() <= 128 && name.matches('^[A-Za-z0-9._-]+$') && !name.contains('..'))",
        message: 'names of servers: 1 to 128 characters of A-Z a-z 0-9 . _ - without "..", such as github',
      },
    ],
  },
);
