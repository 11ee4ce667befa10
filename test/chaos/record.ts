import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosCluster } from './cluster.ts';
import type { Ledger } from './ledger.ts';

/**
 * Writes all that is known of a run as JSON lines: `<member>-<pid>.log`, `calls.jsonl`, `faults.jsonl` and
 * `stream-ends.jsonl`. All times are epoch milliseconds, as in the logs; reports count from the start of the run's process.
 */
export function record(folder: string, { processes }: ChaosCluster, ledger: Ledger): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly object[]) =>
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  for (const { id, process } of processes) write(`${id}-${process.pid}.log`, process.log);
  write('calls.jsonl', ledger.calls.map(atEpoch));
  write('faults.jsonl', ledger.faults.map(atEpoch));
  write('stream-ends.jsonl', ledger.streamEnds.map(atEpoch));
}

const TIMES = new Set(['from', 'to', 'at', 'harmless', 'recovered']);

function atEpoch(what: object): object {
  const entries = Object.entries(what).map(([key, value]) =>
    TIMES.has(key) && typeof value === 'number' ? [key, Math.round(performance.timeOrigin + value)] : [key, value],
  );
  return Object.fromEntries(entries);
}
