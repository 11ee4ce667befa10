import { type ParseArgsConfig, parseArgs } from 'node:util';
import { EXIT, ExitError } from './exit.ts';
import { nearest } from './nearest.ts';

/** Every command, and what it takes. `start` is what happens without a command. */
export const COMMANDS = {
  start: { api: false, file: false },
  demo: { api: false, file: false },
  status: { api: true, file: false },
  nodes: { api: true, file: false },
  servers: { api: true, file: false },
  sessions: { api: true, file: false },
  validate: { api: false, file: true },
  operator: { api: false, file: false },
} as const;
export type CommandName = keyof typeof COMMANDS;

export interface Invocation {
  command: CommandName | 'help' | 'version';
  url?: string;
  token?: string;
  json: boolean;
  file?: string;
}

const ALWAYS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } } as const;
const OF_API = {
  url: { type: 'string' },
  token: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

/**
 * Reads a command line.
 * @param args what follows the program's name
 * @throws ExitError (2) that names the nearest command or option
 */
export function readArguments(args: readonly string[]): Invocation {
  const first = args[0];
  const named = first !== undefined && !first.startsWith('-');
  const command = named ? commandName(first) : 'start';
  const { values, positionals } = parse(command, named ? args.slice(1) : args);
  if (values.help) return { command: 'help', json: false };
  if (values.version) return { command: 'version', json: false };
  const [file, ...more] = positionals;
  const surplus = COMMANDS[command].file ? more : positionals;
  if (surplus.length > 0) throw usage(`${command} takes no argument "${surplus[0]}"`);
  return {
    command,
    json: isJson(values.output),
    ...(values.url === undefined ? {} : { url: values.url }),
    ...(values.token === undefined ? {} : { token: values.token }),
    ...(file === undefined ? {} : { file }),
  };
}

function commandName(word: string): CommandName {
  if (Object.hasOwn(COMMANDS, word)) return word as CommandName;
  throw usage(`there is no command "${word}"${suggestion(nearest(word, Object.keys(COMMANDS)))}`);
}

interface Parsed {
  values: { help?: boolean; version?: boolean; url?: string; token?: string; output?: string };
  positionals: string[];
}

function parse(command: CommandName, args: readonly string[]): Parsed {
  const options: NonNullable<ParseArgsConfig['options']> = COMMANDS[command].api ? { ...ALWAYS, ...OF_API } : ALWAYS;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true }) as Parsed;
  } catch (error) {
    const unknown = /Unknown option '(-+[^' ]+)/.exec((error as Error).message)?.[1];
    if (unknown === undefined) throw usage((error as Error).message);
    const meant = nearest(unknown.replace(/^-+/, ''), Object.keys(options));
    throw usage(`${command} has no option ${unknown}${suggestion(meant === undefined ? meant : `--${meant}`)}`);
  }
}

function isJson(output: string | undefined): boolean {
  if (output === undefined || output === 'json' || output === 'table') return output === 'json';
  throw usage(`-o ${output} is not known; write -o json or -o table`);
}

function suggestion(meant: string | undefined): string {
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

function usage(problem: string): ExitError {
  return new ExitError(`${problem}\n\n${USAGE}`, EXIT.usage);
}

export const USAGE = `Usage: mcphub [command] [options]

  mcphub                     start in the mode that the settings say: standalone, coordinator or node
  mcphub demo                run a coordinator and two nodes with real servers on this machine
  mcphub status              the state of a hub in a few lines
  mcphub nodes               its nodes
  mcphub servers             its MCP servers, and where they run
  mcphub sessions            the sessions that it has seen
  mcphub validate [FILE]     check a settings file without starting anything
  mcphub operator            run the Kubernetes operator

Options of status, nodes, servers and sessions:
      --url URL              the coordinator; default MCPHUB_URL, else http://127.0.0.1:3000
      --token TOKEN          a bearer key or the cluster token; default MCPHUB_TOKEN
  -o, --output json|table    default table

Options of all commands:
  -h, --help                 this text
  -v, --version              the version

Settings come from mcp_settings.json in this folder or its parent, or from MCPHUB_SETTING_PATH; docs/settings.md
names the other variables. Exit codes: 0 ok, 1 failure, 2 bad usage or settings.
`;
