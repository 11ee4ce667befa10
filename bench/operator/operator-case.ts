import type { CaseResult } from '../case.ts';
import type { Lab } from './lab.ts';

export interface Sizes {
  /** Clusters for most figures. */
  clusters: number;
  /** Milliseconds for which an idle operator is watched. */
  idle: number;
}

/** A measurement of an operator that runs in the lab. */
export interface OperatorCase {
  /** For `--only`. */
  name: string;
  run(lab: Lab, sizes: Sizes): Promise<CaseResult>;
}

/** Seconds of CPU, for people. */
export function cpuText(seconds: number): string {
  return `${seconds.toFixed(2)} s of CPU`;
}
