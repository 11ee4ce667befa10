import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Options of node for a process whose memory is read, which is told in BENCH_MEMORY_FILE where to write. */
export const MEMORY_ARGV: readonly string[] = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('./memory-probe.ts', import.meta.url)),
];
export const MIB = 1024 * 1024;
/** V8 gives memory of its young generation back only when it has been idle for a while. */
const SETTLE_MS = 5_000;

/** Bytes. */
export interface Memory {
  rss: number;
  heapUsed: number;
  external: number;
}

/** What a process holds after it has settled and collected its garbage; one process after the other. */
export async function readMemory(pid: number, file: string): Promise<Memory> {
  await delay(SETTLE_MS);
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let tries = 0; tries < 100; tries++) {
    await delay(50);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text) as Memory;
  }
  throw new Error(`process ${pid} did not report its memory`);
}
