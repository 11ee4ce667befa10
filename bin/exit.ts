/** Exit codes of every command (documented in docs/command-line.md). */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

/** Ends a command with a message for the user instead of a stack trace. */
export class ExitError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failure, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExitError';
    this.exitCode = exitCode;
  }
}
