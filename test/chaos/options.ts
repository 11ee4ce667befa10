import { parseArgs } from 'node:util';
import { FAULTS, type FaultKind } from './fault.ts';

export interface ChaosOptions {
  /** Everything that is drawn follows from it. */
  seed: number;
  /** How long faults go on. */
  seconds: number;
  sessions: number;
  nodes: number;
  coordinators: number;
  /** The kinds of faults that happen. */
  only: readonly FaultKind[];
  /** Folder for the logs of all processes, and for all calls and faults. */
  record?: string;
}

export const CHAOS_DEFAULTS = { seconds: 120, sessions: 200, nodes: 3, coordinators: 2 } as const;

const FLAGS = {
  seed: { type: 'string' },
  seconds: { type: 'string' },
  sessions: { type: 'string' },
  nodes: { type: 'string' },
  coordinators: { type: 'string' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  record: { type: 'string' },
} as const;

export const USAGE = `npm run chaos -- [options]
  --seed N          repeats the schedule and the calls of another run (drawn by default)
  --seconds N       how long faults go on (${CHAOS_DEFAULTS.seconds})
  --sessions N      sessions of clients at a time (${CHAOS_DEFAULTS.sessions})
  --nodes N         (${CHAOS_DEFAULTS.nodes})
  --coordinators N  (${CHAOS_DEFAULTS.coordinators})
  --only FAULT      only this kind of fault; several with commas, or by repeating it:
                    ${FAULTS.join(', ')}
  --record FOLDER   keeps the logs of all processes (at level debug), and all calls and faults`;

/**
 * Reads the command line.
 * @throws Error that says what is wrong with it
 */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  const { seconds, sessions, nodes, coordinators } = CHAOS_DEFAULTS;
  const only = values.only.flatMap((value) => value.split(',')).filter(Boolean);
  return {
    seed: whole('seed', values.seed, Math.floor(Math.random() * 1_000_000_000), 0),
    seconds: whole('seconds', values.seconds, seconds),
    sessions: whole('sessions', values.sessions, sessions),
    nodes: whole('nodes', values.nodes, nodes),
    coordinators: whole('coordinators', values.coordinators, coordinators),
    only: only.length === 0 ? FAULTS : only.map(faultNamed),
    ...(values.record === undefined ? {} : { record: values.record }),
  };
}

function whole(name: string, given: string | undefined, otherwise: number, least = 1): number {
  if (given === undefined) return otherwise;
  if (/^\d{1,10}$/.test(given) && Number(given) >= least) return Number(given);
  throw new Error(`--${name} must be a whole number from ${least} on, and is "${given}"`);
}

function faultNamed(name: string): FaultKind {
  const found = FAULTS.find((fault) => fault === name);
  if (found === undefined) throw new Error(`no fault is called "${name}"; there are ${FAULTS.join(', ')}`);
  return found;
}
