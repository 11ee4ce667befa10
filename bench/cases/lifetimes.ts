import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Case } from '../case.ts';
import { MIB } from '../memory.ts';

const SESSIONS = 2_000_000;
/** Until then all tables are full. */
const WARM_UP = 600_000;
const STEP = 200_000;

/** What coordinator and node still keep of sessions that were opened, moved, and ended or left. */
export const lifetimes: Case = {
  name: 'lifetimes',
  async run(_loader, quick) {
    const sessions = quick ? WARM_UP + 2 * STEP : SESSIONS;
    const script = fileURLToPath(new URL('../lifetimes.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      script,
      String(sessions),
      String(STEP),
    ]);
    const heaps: { sessions: number; bytes: number }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const later = heaps.filter((heap) => heap.sessions >= WARM_UP).map(({ bytes }) => bytes / MIB);
    const [first = 0] = later;
    const growth = Math.max(...later) - first;
    return {
      rows: [
        {
          what: `heap of the tables of coordinator and node, growth from ${WARM_UP.toLocaleString('en')} to ${sessions.toLocaleString('en')} sessions that were opened, moved, and ended or left`,
          goal: '10 MiB or less',
          measured: `${growth.toFixed(1)} MiB (${first.toFixed(0)} MiB, at most ${Math.max(...later).toFixed(0)} MiB)`,
          met: growth <= 10,
        },
      ],
      raw: heaps,
    };
  },
};
