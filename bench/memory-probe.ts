import { writeFileSync } from 'node:fs';

/** Preloaded into a measured process: on SIGUSR2 it collects all garbage and writes what it still holds, as JSON. */
const file = process.env.BENCH_MEMORY_FILE;
process.on('SIGUSR2', () => {
  // Once more for what finalizers let go.
  globalThis.gc?.();
  setTimeout(() => {
    globalThis.gc?.();
    if (file !== undefined) writeFileSync(file, JSON.stringify(process.memoryUsage()));
  }, 200);
});
