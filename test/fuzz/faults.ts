import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';

/**
 * What went wrong in this process outside of any call: promises that nobody waits for, exceptions, warnings of Node.js and
 * errors in logs.
 */
export interface Faults {
  /** Takes exceptions that are logged as errors for faults. */
  readonly log: Logger;
  /** Those since the last time, the first few, each cut off. */
  take(): string[];
  /** Forgets what a failed case still causes, so that the next one does not fail for it. */
  settle(): Promise<void>;
  stop(): void;
}

const MOST = 3;
const LONGEST = 1_500;
/** Milliseconds. */
const AFTERMATH = 100;

/**
 * Begins to collect them; while it does, an unhandled rejection does not end the process.
 * @param isExpected tells of a line of the log whether it is all that can be done about what happened
 */
export function watchFaults(isExpected: (line: LogLine) => boolean = () => false): Faults {
  const seen: string[] = [];
  const note = (kind: string) => (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    seen.push(`${kind}: ${text}`.slice(0, LONGEST));
  };
  const listeners = [
    ['unhandledRejection', note('unhandled rejection')],
    ['uncaughtException', note('uncaught exception')],
    ['warning', note('warning')],
  ] as const;
  for (const [event, listener] of listeners) process.on(event, listener);
  return {
    log: pino(
      { level: 'error' },
      {
        write(line: string) {
          const parsed = JSON.parse(line) as LogLine;
          if (parsed.err !== undefined && !isExpected(parsed)) note('logged')(line);
        },
      },
    ),
    take: () => seen.splice(0).slice(0, MOST),
    async settle() {
      await sleep(AFTERMATH);
      seen.length = 0;
    },
    stop() {
      for (const [event, listener] of listeners) process.off(event, listener);
    },
  };
}

/** A line of a log, as far as it matters here. */
export interface LogLine {
  msg: string;
  err?: { type?: string };
}

/** Waits for all of them, so that none goes on into the next case. @throws what the first one that failed was rejected with */
export async function allOf(promises: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
