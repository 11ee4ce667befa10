import type { Logger } from 'pino';
import type { ServerConfig } from '../../settings/schema.ts';
import { SERVERS } from './config.ts';
import { createLineReader } from './lines.ts';
import { createRedactor } from './redact.ts';

/** Passes the stderr of a server to the log and keeps its last lines for the reason of a failure. */
export function createStderrTail(config: ServerConfig, log: Logger) {
  const redact = createRedactor(config);
  const lines: string[] = [];

  function keep(text: string): void {
    const line = redact(text.trimEnd());
    if (line === '') return;
    log.debug({ line }, 'Server stderr');
    lines.push(line);
    if (lines.length > SERVERS.stderrLines) lines.shift();
  }

  const reader = createLineReader(SERVERS.maxStderrLine, keep, (long) => keep(`${long.head}...`));
  return {
    push: reader.push,
    /** `: <last lines>`, or nothing when there was no output. */
    quote(): string {
      reader.push(Buffer.from('\n'));
      const text = lines.join('\n');
      if (text === '') return '';
      return `: ${text.length > SERVERS.reasonTail ? `...${text.slice(-SERVERS.reasonTail)}` : text}`;
    },
  };
}
