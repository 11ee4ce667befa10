import { startLiveHub } from '../live-hub.ts';
import type { OperatorCase } from '../operator-case.ts';
import { idleRow, watchIdleness } from '../watched-idleness.ts';

/** Sessions that stay open and call now and then, so that what the hub says of itself never stands still. */
const SESSIONS = 5;

/** As `idle`, with one hub that runs. */
export const live: OperatorCase = {
  name: 'live',
  async run(lab, { clusters, idle: milliseconds }) {
    const count = Math.ceil(clusters / 2);
    await lab.grow(count);
    const hub = await startLiveHub(lab, SESSIONS);
    try {
      await lab.settle(35_000);
      const result = await watchIdleness(lab, milliseconds);
      const where = `${lab.names.length + 1} clusters, one with a hub that has ${SESSIONS} sessions`;
      return { rows: [idleRow(where, result)], raw: { clusters: lab.names.length + 1, calls: hub.calls, ...result } };
    } finally {
      await hub.stop();
    }
  },
};
