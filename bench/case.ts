import { fileURLToPath } from 'node:url';
import type { Loader } from './loader.ts';
import type { Pace } from './rounds.ts';

/** One line of the report. */
export interface Row {
  what: string;
  goal: string;
  measured: string;
  /** Undefined for a number that has no goal and is there to explain another. */
  met?: boolean;
}

export interface CaseResult {
  rows: Row[];
  /** All that was measured, for `bench/results/<name>.json`. */
  raw: unknown;
}

export interface Case {
  /** For `--only`, and of the file with the raw data. */
  name: string;
  run(loader: Loader, quick: boolean): Promise<CaseResult>;
}

export const CONNECTIONS = 32;

/** Seven rounds of four seconds, or five of one for a look. */
export function pace(quick: boolean): Pace {
  return { rounds: quick ? 5 : 7, seconds: quick ? 1 : 4, connections: CONNECTIONS };
}

/** The path of a script under `rivals/`. */
export function rivals(file: string): string {
  return fileURLToPath(new URL(`./rivals/${file}`, import.meta.url));
}
