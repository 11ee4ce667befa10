import { type ParseArgsConfig, parseArgs } from 'node:util';
import { COMMANDS, type CommandName } from './command.ts';
import { EXIT, ExitError } from './exit.ts';
import { USAGE } from './help.ts';
import { nearest } from './nearest.ts';

export interface Invocation {
  command: CommandName | 'help' | 'version';
  /** The command that help is asked for; absent where none is named. */
  topic?: CommandName;
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
  if (values.help) return { command: 'help', json: false, ...(named ? { topic: command } : {}) };
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
