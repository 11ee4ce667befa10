import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

const SECRETS = ['token', 'secret', 'authorization', 'password', 'clusterTokens', 'secrets'];
const HEADERS = ['authorization', 'cookie', '["x-mcphub-cluster-token"]'];

/** Where secrets could end up in the fields of a log line, two levels deep, and in logged header maps. */
function redactedPaths(): string[] {
  const fields = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const headers = HEADERS.flatMap((name) => {
    const field = name.startsWith('[') ? `headers${name}` : `headers.${name}`;
    return [field, `*.${field}`];
  });
  return [...fields, ...headers];
}

export interface LogOptions {
  /** A pino level; default `info`. */
  level?: string | undefined;
  /** Whether a person reads the output; default: standard output is a terminal. */
  terminal?: boolean;
}

/**
 * The log of a server process, on standard output: JSON lines for machines, coloured lines on a terminal. Written by
 * Node's own stream, which writes at once to files, pipes and terminals, so that the last line before an exit is not
 * lost. When nobody reads any more (a closed pipe), lines are dropped and the process goes on.
 */
export function createLog(options: LogOptions = {}): Logger {
  const { stdout } = process;
  stdout.on('error', () => {});
  const settings = {
    level: options.level ?? 'info',
    redact: { paths: redactedPaths(), censor: '[redacted]' },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (options.terminal ?? stdout.isTTY) {
    return pino(settings, pretty({ colorize: true, translateTime: 'HH:MM:ss.l', destination: stdout }));
  }
  return pino({ ...settings, formatters: { level: (label) => ({ level: label }) } }, stdout);
}
