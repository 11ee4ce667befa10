import type { CommandName } from './command.ts';

interface Help {
  /** What follows the program's name. */
  usage: string;
  summary: string;
  /** What more there is to know. */
  details: string;
}

/** Options of the commands that ask a hub. */
const OF_API = `
Options:
      --url URL              the coordinator; default MCPHUB_URL, else http://127.0.0.1:3000
      --token TOKEN          a bearer key or the cluster token; default MCPHUB_TOKEN
  -o, --output json|table    default table
`;

const HELP: Readonly<Record<CommandName, Help>> = {
  start: {
    usage: '',
    summary: 'start in the mode that the settings say: standalone, coordinator or node',
    details: `
Settings come from mcp_settings.json in this folder or its parent, or from MCPHUB_SETTING_PATH. Clients connect to
http://127.0.0.1:3000/mcp (PORT, HOST). The first Ctrl-C lets calls finish, the second ends at once.
`,
  },
  demo: {
    usage: 'demo',
    summary: 'run a coordinator and two nodes with real servers on this machine',
    details: `
Takes port 3000, or a free one, and prints what to try, also how to lose a node. Settings and logs are in a folder below
the one for temporary files, and go with the demo. Servers are started with npx.
`,
  },
  status: {
    usage: 'status [options]',
    summary: 'the state of a hub in a few lines',
    details: `
Its mode, how many nodes are active, how many servers are up of those that are configured, and the sessions it has seen.
${OF_API}`,
  },
  nodes: {
    usage: 'nodes [options]',
    summary: 'its nodes',
    details: `
One line for each: whether it is heard of and reached, its address, the servers that it has up, its sessions.
${OF_API}`,
  },
  servers: {
    usage: 'servers [options]',
    summary: 'its MCP servers, and where they run',
    details: `
One line for each server on each node, and why it is not connected. Entries of the settings that were refused are among them.
${OF_API}`,
  },
  sessions: {
    usage: 'sessions [options]',
    summary: 'the sessions that it has seen',
    details: `
One line for each, with the node that holds it. Ids are shown as a short hash.
${OF_API}`,
  },
  validate: {
    usage: 'validate [FILE]',
    summary: 'check a settings file without starting anything',
    details: `
FILE is mcp_settings.json in this folder or its parent when it is left out. Prints each problem with its path and ends with 2,
also where a start would leave out one server only; else prints one line with counts. Variables come from the environment.
`,
  },
  operator: {
    usage: 'operator',
    summary: 'run the Kubernetes operator',
    details: `
Takes the credentials of its Pod, or of a kubeconfig. docs/kubernetes.md names its variables.
`,
  },
};

const COMMON = `
Options of all commands:
  -h, --help                 help, of one command where one is named
  -v, --version              the version
`;

/** The text of `mcphub --help`. */
export const USAGE = `Usage: mcphub [command] [options]

${Object.values(HELP)
  .map(({ usage, summary }) => `  ${`mcphub ${usage.replace(' [options]', '')}`.padEnd(26)} ${summary}\n`)
  .join('')}
mcphub COMMAND --help says more of a command.
${COMMON}
Settings come from mcp_settings.json in this folder or its parent, or from MCPHUB_SETTING_PATH; docs/settings.md
names the other variables. Exit codes: 0 ok, 1 failure, 2 bad usage or settings.
`;

/** The text of `mcphub COMMAND --help`; without a command, that of all. */
export function helpOf(command: CommandName | undefined): string {
  if (command === undefined) return USAGE;
  const { usage, summary, details } = HELP[command];
  return `Usage: mcphub ${usage}\n\n${summary.replace(/^./, (letter) => letter.toUpperCase())}.\n${details}${COMMON}`;
}
