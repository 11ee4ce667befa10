/**
 * Lets a report through at most once per interval, and tells the next one how many were held back.
 * @param report called with the number of calls since the last report that were swallowed
 * @param interval milliseconds
 */
export function rateLimited<T extends unknown[]>(
  report: (suppressed: number, ...details: T) => void,
  interval: number,
): (...details: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  return (...details) => {
    const now = performance.now();
    if (now - last < interval) {
      suppressed++;
      return;
    }
    last = now;
    report(suppressed, ...details);
    suppressed = 0;
  };
}
