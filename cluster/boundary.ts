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

function ignore(): void {}
