/** The part of a log that a boundary writes to. */
export interface FaultLog {
  error(fields: { err: unknown; entry: string }, message: string): void;
}

/**
 * Keeps a fault to what it happened in.
 * @param entry what comes in, for the log, such as `request`
 * @param work what is done with it; may be asynchronous
 * @param end answers or ends that one thing; gets the fault, too
 * @returns the same work, which never throws and never rejects
 */
export type Boundary = <A extends unknown[]>(
  entry: string,
  work: (...args: A) => unknown,
  end?: (fault: unknown, ...args: A) => unknown,
) => (...args: A) => void;

/**
 * Makes the boundaries of a part of the hub. Everything that comes from outside of a process (a request, the end of a body, a line of
 * a child, an event of a remote) or from no caller at all (a timer, a listener) is entered through one: without it, a fault in
 * one request would be the end of all.
 */
export function createBoundary(log: FaultLog): Boundary {
  return (entry, work, end) => {
    const fail = (err: unknown, args: Parameters<typeof work>) => {
      log.error({ err, entry }, 'A fault was kept to what it happened in; report it as a defect');
      try {
        const ended = end?.(err, ...args);
        if (ended instanceof Promise) ended.catch(ignore);
      } catch {
        // There is nothing left to be ended.
      }
    };
    return (...args) => {
      try {
        const done = work(...args);
        if (done instanceof Promise) done.catch((err: unknown) => fail(err, args));
      } catch (err) {
        fail(err, args);
      }
    };
  };
}

/**
 * Does a piece of work within a boundary that is made only for a fault: for work of which there is much, and hardly any fails.
 * @param work must not be asynchronous
 */
export function guarded(boundary: Boundary, entry: string, work: () => void, end: () => void): void {
  try {
    work();
  } catch (fault) {
    boundary(entry, rethrow, end)(fault);
  }
}

function rethrow(fault: unknown): never {
  throw fault;
}

/** Hears an error that is dealt with elsewhere, such as one of a response whose `close` is heard as well. */
export function ignore(): void {}
