import type { Checkpoint } from './checkpoint.ts';
import type { Disturbance } from './disturbances.ts';
import { sum, type Tally } from './edits.ts';

const MIB = 1024 * 1024;
/**
 * Edits that one restart of the API server may be in the way of: four hands try it four times a second each, and a busy
 * machine takes some seconds.
 */
const AWAY = 100;

/** A third of the time: what was done, and how the operator was after it. */
export interface Third extends Checkpoint {
  edits: Tally;
  faults: Partial<Record<Disturbance, number>>;
}

interface Measure {
  what: string;
  of: (third: Third) => number;
  /** What a value is divided by before it is shown. */
  unit?: number;
  /** How much more it may be at the end of the last third than at the end of the first. */
  slack?: number;
  /** In no third may there be more. */
  most?: { of: (third: Third) => number; said: string };
}

const NONE: Measure['most'] = { of: () => 0, said: '0' };

/**
 * What was done, and what has to stay flat. An edit is missed when it meets an object that another edit has deleted, or
 * another edit of the same object, or no API server. Live memory moves by what is under way at the moment; the allocator
 * keeps tens of MiB more or less; connections to hubs that nobody can reach come and go.
 */
const MEASURES: readonly Measure[] = [
  { what: 'edits made', of: ({ edits }) => sum(edits.done) },
  {
    what: 'edits missed: the object was gone',
    of: ({ edits }) => edits.missed['object gone'],
    most: { of: ({ edits }) => sum(edits.done) / 3, said: 'a third of those made' },
  },
  {
    what: 'edits missed: conflict',
    of: ({ edits }) => edits.missed.conflict,
    most: { of: ({ edits }) => sum(edits.done) / 100, said: 'a hundredth of those made' },
  },
  {
    what: 'edits missed: the API server was away',
    of: ({ edits }) => edits.missed['API server away'],
    most: { of: ({ faults }) => restartsOf(faults) * AWAY, said: `${AWAY} for each restart` },
  },
  { what: 'edits missed: any other reason', of: ({ edits }) => edits.missed.unexpected, most: NONE },
  { what: 'faults made', of: ({ faults }) => sum(faults) },
  { what: 'of these, restarts of the API server', of: ({ faults }) => restartsOf(faults) },
  { what: 'seconds until all was as rendered', of: ({ settled }) => settled, unit: 1_000 },
  { what: 'API writes a minute, in quiet', of: ({ writesPerMinute }) => writesPerMinute, most: NONE },
  { what: 'API calls a minute, in quiet', of: ({ callsPerMinute }) => callsPerMinute, slack: 20 },
  { what: 'live memory, MiB', of: ({ live }) => live, unit: MIB, slack: 6 * MIB },
  { what: 'resident set, MiB', of: ({ rss }) => rss, unit: MIB, slack: 48 * MIB },
  { what: 'file descriptors', of: ({ descriptors }) => descriptors, slack: 6 },
  { what: 'sockets', of: ({ sockets }) => sockets, slack: 6 },
  { what: 'connections to the API server', of: ({ connections }) => connections, slack: 0 },
];

export interface VerdictRow {
  what: string;
  /** One for each third. */
  values: string[];
  /** Empty for what is only told. */
  bound: string;
  fine: boolean;
}

/** @param thirds in their order */
export function judge(thirds: readonly Third[]): VerdictRow[] {
  return MEASURES.map(({ what, of, unit = 1, slack, most }) => {
    const values = thirds.map(of);
    const [first = 0] = values;
    const last = values.at(-1) ?? 0;
    const flat = slack === undefined || last <= first + slack;
    const within = most === undefined || thirds.every((third) => of(third) <= most.of(third));
    const shown = values.map((value) => (unit === 1 ? String(value) : (value / unit).toFixed(1)));
    const bound = most?.said ?? (slack === undefined ? '' : `${slack / unit} more at the end`);
    return { what, values: shown, bound, fine: flat && within };
  });
}

/** Head and lines: for each row what it is, its values, its bound, and whether that is kept. */
export function cellsOf(rows: readonly VerdictRow[]): string[][] {
  const lines = rows.map(({ what, values, bound, fine }) => [
    what,
    ...values,
    bound === '' ? '-' : bound,
    fine ? 'yes' : 'NO',
  ]);
  return [['after each third', '1', '2', '3', 'at most', 'kept'], ...lines];
}

/** For a terminal. */
export function table(rows: readonly VerdictRow[]): string {
  const lines = cellsOf(rows);
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const padded = lines.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  return padded.map((cells) => cells.join('  ').trimEnd()).join('\n');
}

function restartsOf(faults: Third['faults']): number {
  return faults['API server restarts'] ?? 0;
}
