#!/usr/bin/env node
import { type Invocation, readArguments } from './arguments.ts';
import type { CommandName } from './command.ts';
import { EXIT, ExitError } from './exit.ts';
import { helpOf } from './help.ts';
import { packageVersion } from './version.ts';

/** Each command loads its own parts, so that asking for a table does not load a coordinator. */
const RUN: Record<CommandName, (invocation: Invocation) => Promise<void>> = {
  start: async () => (await import('./start.ts')).start(process.env, process.cwd()),
  demo: async () => (await import('./demo.ts')).demo(),
  status: async (invocation) => (await import('./show.ts')).show('status', invocation),
  nodes: async (invocation) => (await import('./show.ts')).show('nodes', invocation),
  servers: async (invocation) => (await import('./show.ts')).show('servers', invocation),
  sessions: async (invocation) => (await import('./show.ts')).show('sessions', invocation),
  validate: async ({ file }) => (await import('./validate.ts')).validate(file, process.env, process.cwd()),
  operator: async () => (await import('./operator.ts')).operator(process.env),
};

/** Older ones fail with an error that names none of this. */
const OLDEST_NODE = 24;

async function main(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new ExitError(`needs Node.js ${OLDEST_NODE} or later, and this is ${process.version}`, EXIT.failure);
  }
  returnToCaller(process.env);
  const invocation = readArguments(process.argv.slice(2));
  if (invocation.command === 'help') process.stdout.write(helpOf(invocation.topic));
  else if (invocation.command === 'version') process.stdout.write(`${packageVersion()}\n`);
  else await RUN[invocation.command](invocation);
}

/** `npm run mcphub` runs in the folder of the package, while what a user names is meant from where the user is. */
function returnToCaller({ npm_lifecycle_event: script, INIT_CWD: caller }: NodeJS.ProcessEnv): void {
  if (script === 'mcphub' && caller) process.chdir(caller);
}

main().catch((error: unknown) => {
  const [message, code] = ending(error);
  process.stderr.write(`mcphub: ${message}\n`, () => process.exit(code));
});

/** What a user is told, and the exit code; a stack trace only for what should not happen. */
function ending(error: unknown): [message: string, code: number] {
  if (error instanceof ExitError) return [error.message, error.exitCode];
  if (error instanceof Error && error.name === 'SettingsError') return [error.message, EXIT.usage];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failure];
}
