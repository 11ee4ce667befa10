import type { OperatorCase } from '../operator-case.ts';
import { idleRow, watchIdleness } from '../watched-idleness.ts';

/** Nobody changes anything, and no hub can be reached, so that all of them are looked for again and again. */
export const idle: OperatorCase = {
  name: 'idle',
  async run(lab, { clusters, idle: milliseconds }) {
    const count = Math.ceil(clusters / 2);
    await lab.grow(count);
    await lab.settle();
    const result = await watchIdleness(lab, milliseconds);
    return { rows: [idleRow(`${count} clusters, no hub reachable`, result)], raw: { clusters: count, ...result } };
  },
};
