import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../case.ts';
import type { Lab } from './lab.ts';
import { cpuText } from './operator-case.ts';

export interface Idleness {
  writesPerMinute: number;
  leaseWritesPerMinute: number;
  readsPerMinute: number;
  cpuSeconds: number;
  minutes: number;
  /** What was asked, by verb and resource. */
  requests: Record<string, number>;
}

/** Counts what an operator asks of the API server while nobody changes anything. @param milliseconds how long */
export async function watchIdleness(lab: Lab, milliseconds: number): Promise<Idleness> {
  const { log } = lab.proxy;
  const cpu = lab.operator.cpu;
  log.forget();
  await sleep(milliseconds);
  const minutes = milliseconds / 60_000;
  const writes = lab.writes();
  const leases = log.writes() - writes;
  return {
    writesPerMinute: writes / minutes,
    leaseWritesPerMinute: leases / minutes,
    readsPerMinute: (log.count() - writes - leases) / minutes,
    cpuSeconds: lab.operator.cpu - cpu,
    minutes,
    requests: log.summary(),
  };
}

/** @param where completes "API writes of an idle operator, " */
export function idleRow(where: string, idle: Idleness): Row {
  const { writesPerMinute, leaseWritesPerMinute, readsPerMinute, cpuSeconds, minutes } = idle;
  const more = `its Lease: ${leaseWritesPerMinute.toFixed(0)}, reads: ${readsPerMinute.toFixed(1)}`;
  return {
    what: `API writes a minute of an idle operator, ${where}`,
    goal: '0',
    measured: `${writesPerMinute.toFixed(1)} (${more}; ${cpuText(cpuSeconds)} in ${minutes.toFixed(1)} min)`,
    met: writesPerMinute === 0,
  };
}
