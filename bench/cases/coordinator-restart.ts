import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Case } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import type { NodeRow } from '../management.ts';
import { startProcess } from '../process.ts';
import { median } from '../statistics.ts';

const NODES = 50;
const PROCESSES = 2;
/** Between two restarts, in milliseconds, beside a random part, so that each meets another phase of the heartbeats. */
const PAUSE = 2_000;

interface Restart {
  /** Milliseconds from "listening" until all nodes were there. */
  fromListening: number;
  /** And from SIGKILL. */
  fromKill: number;
}

async function untilAllAreThere(cluster: Cluster): Promise<number> {
  for (let tries = 0; tries < 2_000; tries++) {
    const nodes = (await cluster.read('/api/cluster/nodes')) as NodeRow[];
    if (nodes.filter(({ status }) => status === 'active').length === NODES) return Date.now();
    await delay(5);
  }
  throw new Error('the nodes did not come back');
}

/** A coordinator that is killed and started again at once, and the nodes that were registered with it. */
export const coordinatorRestart: Case = {
  name: 'coordinator-restart',
  async run(_loader, quick) {
    const cluster = await startCluster();
    const { coordinator, token } = cluster;
    const script = fileURLToPath(new URL('../light-nodes.ts', import.meta.url));
    const env = { MCPHUB_COORDINATOR_URL: coordinator.url, MCPHUB_CLUSTER_TOKEN: token };
    const each = NODES / PROCESSES;
    const light = await Promise.all(
      Array.from({ length: PROCESSES }, (_, index) =>
        startProcess({ name: 'light nodes', args: [script, String(each), String(1 + index * each)], env }),
      ),
    );
    try {
      await untilAllAreThere(cluster);
      const restarts: Restart[] = [];
      for (let n = 0; n < (quick ? 2 : 7); n++) {
        await delay(PAUSE + Math.random() * 1_000);
        const killedAt = Date.now();
        await coordinator.kill();
        await coordinator.start();
        const back = await untilAllAreThere(cluster);
        restarts.push({ fromListening: back - coordinator.listenedAt, fromKill: back - killedAt });
      }
      const times = restarts.map(({ fromListening }) => fromListening);
      const longest = Math.max(...times);
      const outage = median(restarts.map(({ fromKill }) => fromKill));
      return {
        rows: [
          {
            what: `coordinator killed and started again: from when it listens until all ${NODES} nodes are back, longest of ${restarts.length}`,
            goal: 'under 1000 ms',
            measured: `${longest} ms (median ${median(times)} ms; from SIGKILL, with the start of the process, ${outage} ms)`,
            met: longest < 1_000,
          },
        ],
        raw: restarts,
      };
    } finally {
      for (const process of light) await process.stop();
      await cluster.stop();
    }
  },
};
