import type { Checkpoint } from './checkpoint.ts';

const MIB = 1024 * 1024;

interface Measure {
  what: string;
  of: (checkpoint: Checkpoint) => number;
  /** How much more it may be at the end of the last third than at the end of the first. */
  slack: number;
  unit?: number;
  /** At no time may there be more. */
  most?: number;
}

/**
 * What has to stay flat. Live memory moves by what is under way at the moment; the allocator keeps tens of MiB more or less;
 * connections to hubs that nobody can reach come and go.
 */
const MEASURES: readonly Measure[] = [
  { what: 'live memory, MiB', of: ({ live }) => live, slack: 6 * MIB, unit: MIB },
  { what: 'resident set, MiB', of: ({ rss }) => rss, slack: 48 * MIB, unit: MIB },
  { what: 'file descriptors', of: ({ descriptors }) => descriptors, slack: 6 },
  { what: 'sockets', of: ({ sockets }) => sockets, slack: 6 },
  { what: 'connections to the API server', of: ({ connections }) => connections, slack: 0 },
  { what: 'API calls a minute, in quiet', of: ({ callsPerMinute }) => callsPerMinute, slack: 20 },
  { what: 'API writes a minute, in quiet', of: ({ writesPerMinute }) => writesPerMinute, slack: 0, most: 0 },
];

export interface VerdictRow {
  what: string;
  values: string[];
  flat: boolean;
}

/** @param checkpoints after each third */
export function judge(checkpoints: readonly Checkpoint[]): VerdictRow[] {
  return MEASURES.map(({ what, of, slack, unit = 1, most = Number.POSITIVE_INFINITY }) => {
    const values = checkpoints.map(of);
    const [first = 0] = values;
    const last = values.at(-1) ?? 0;
    return {
      what,
      values: values.map((value) => (value / unit).toFixed(1)),
      flat: last <= first + slack && Math.max(...values) <= most,
    };
  });
}

/** For a terminal. */
export function table(rows: readonly VerdictRow[]): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const head = `${'after a third of the time'.padEnd(width)}  ${['1', '2', '3'].map((n) => n.padStart(8)).join('')}  flat`;
  const lines = rows.map(
    ({ what, values, flat }) =>
      `${what.padEnd(width)}  ${values.map((value) => value.padStart(8)).join('')}  ${flat ? 'yes' : 'NO'}`,
  );
  return `${[head, ...lines].join('\n')}\n`;
}
