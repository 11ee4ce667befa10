import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Case } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { cpuMicroseconds } from '../cpu.ts';
import type { NodeRow } from '../management.ts';
import { startProcess } from '../process.ts';

const NODES = 1_000;
const SERVERS = 20;
/** The default of `heartbeatInterval`, in milliseconds, which the nodes use. */
const INTERVAL = 5_000;
/** Time for the nodes to register and to hear of each other, in milliseconds. */
const SETTLE = 15_000;

interface Span {
  seconds: number;
  /** CPU of the coordinator in microseconds. */
  cpu: number;
}

async function watch(pid: number, seconds: number): Promise<Span> {
  const before = { cpu: cpuMicroseconds([pid]), at: performance.now() };
  await delay(seconds * 1000);
  return { seconds: (performance.now() - before.at) / 1000, cpu: cpuMicroseconds([pid]) - before.cpu };
}

/** @throws Error when not every node has been heard of within its interval and a little */
async function checkAllBeat(cluster: Cluster): Promise<void> {
  const nodes = (await cluster.read('/api/cluster/nodes')) as NodeRow[];
  const silent = nodes.filter(({ lastHeartbeat }) => Date.now() - lastHeartbeat > INTERVAL + 1_000).length;
  if (nodes.length !== NODES || silent > 0) throw new Error(`${nodes.length} nodes, ${silent} of them silent`);
}

/** What it costs a coordinator to be told by many nodes that all is as before. */
export const heartbeats: Case = {
  name: 'heartbeats',
  async run(_loader, quick) {
    const cluster = await startCluster();
    const { pid, url } = cluster.coordinator;
    try {
      await delay(2_000);
      const idle = await watch(pid, quick ? 5 : 30);
      const script = fileURLToPath(new URL('../beating-nodes.ts', import.meta.url));
      const nodes = await startProcess({
        name: 'beating nodes',
        args: [script, String(NODES), String(SERVERS)],
        env: { MCPHUB_COORDINATOR_URL: url, MCPHUB_CLUSTER_TOKEN: cluster.token },
        timeout: 60_000,
      });
      await delay(SETTLE);
      await checkAllBeat(cluster);
      const beating = await watch(pid, quick ? 10 : 60);
      await checkAllBeat(cluster);
      await nodes.kill();
      const share = ({ cpu, seconds }: Span) => (100 * cpu) / 1e6 / seconds;
      const each = beating.cpu / ((NODES * beating.seconds * 1000) / INTERVAL);
      return {
        rows: [
          {
            what: `coordinator's CPU with ${NODES} nodes of ${SERVERS} servers that beat every ${INTERVAL / 1000} s, of one core`,
            goal: 'under 5 %',
            measured: `${share(beating).toFixed(1)} % (${each.toFixed(0)} us each; without nodes ${share(idle).toFixed(2)} %)`,
            met: share(beating) < 5,
          },
        ],
        raw: { idle, beating },
      };
    } finally {
      await cluster.stop();
    }
  },
};
