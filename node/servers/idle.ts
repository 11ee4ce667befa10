/**
 * Calls back after a time without use. Noting a use costs one clock reading, not a timer.
 * @param timeout milliseconds
 * @param busy while it holds, nothing is idle
 */
export function createIdleTimer(timeout: number, busy: () => boolean, onIdle: () => void) {
  let usedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;

  function wait(milliseconds: number): void {
    timer = setTimeout(look, milliseconds);
    timer.unref();
  }

  function look(): void {
    if (busy()) usedAt = performance.now();
    const left = usedAt + timeout - performance.now();
    if (left > 0) return wait(left);
    timer = undefined;
    onIdle();
  }

  return {
    touch(): void {
      usedAt = performance.now();
    },
    start(): void {
      usedAt = performance.now();
      if (timer === undefined) wait(timeout);
    },
    stop(): void {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
