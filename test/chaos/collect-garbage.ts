/**
 * Preloaded into members of the cluster: on SIGUSR2 it collects all garbage and tells its parent what the process still
 * holds. Started with `--expose-gc`.
 */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  // Once more for what finalizers let go.
  setTimeout(() => {
    globalThis.gc?.();
    process.send?.({ memory: process.memoryUsage() });
  }, 100);
});
