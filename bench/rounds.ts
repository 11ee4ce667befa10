import { cpuMicroseconds } from './cpu.ts';
import type { Outcome, Speech } from './load.ts';
import type { Loader } from './loader.ts';

/** One of the things that a case compares. */
export interface Contender {
  name: string;
  url: string;
  /** The processes whose CPU counts. */
  pids: readonly number[];
  speech?: Speech;
}

export interface Round extends Outcome {
  /** Microseconds of CPU per call of the contender's processes. */
  cpu: number;
}

export interface Pace {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
  connections: number;
  /** Calls a second over all connections; as fast as possible when absent. */
  rate?: number;
}

/** Unmeasured calls before the first round, and before each later one to reopen what was closed while idle. */
const WARM_UP_SECONDS = 3;
const REOPEN_SECONDS = 0.2;

/**
 * Measures contenders in turn, round by round, so that what the machine does meanwhile meets all of them alike.
 * @returns the rounds of each contender, in the order given
 */
export async function inTurn(loader: Loader, contenders: readonly Contender[], pace: Pace): Promise<Round[][]> {
  for (const { name, url, speech } of contenders) await loader.open(name, url, pace.connections, speech);
  for (const { name } of contenders) await loader.run(name, Math.min(WARM_UP_SECONDS, pace.seconds * 2));
  const rounds: Round[][] = contenders.map(() => []);
  for (let n = 0; n < pace.rounds; n++) {
    for (const [index, { name, pids }] of contenders.entries()) {
      await loader.run(name, REOPEN_SECONDS);
      const before = cpuMicroseconds(pids);
      const outcome = await loader.run(name, pace.seconds, pace.rate);
      rounds[index]?.push({ ...outcome, cpu: (cpuMicroseconds(pids) - before) / outcome.calls });
    }
  }
  return rounds;
}
