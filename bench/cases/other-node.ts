import { nodeTag } from '../../cluster/tag.ts';
import { type Case, pace, rivals } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { listsEverywhere } from '../lists-everywhere.ts';
import { type Contender, inTurn } from '../rounds.ts';
import { median } from '../statistics.ts';

/** Calls a second over all connections: far below what one core can do, so that no queue is measured. */
const RATE = 500;
const TOOLS = { 'node-1': 'first-echo', 'node-2': 'second-echo' };

function contender({ coordinator, coordinators, nodes }: Cluster, name: string, tools: readonly string[]): Contender {
  const [first = '', second = ''] = tools;
  const toolAt = { [nodeTag('node-1')]: first, [nodeTag('node-2')]: second };
  const pids = [...coordinators, ...nodes].map(({ pid }) => pid);
  return { name, url: `${coordinator.url}/mcp`, pids, speech: { toolAt } };
}

/** Sessions on the route of all servers that call a server of their own node, and one that only the other node has. */
export const otherNode: Case = {
  name: 'other-node',
  async run(loader, quick) {
    const echo = { command: process.execPath, args: [rivals('echo-stdio.ts')] };
    const cluster = await startCluster({
      nodes: [{ mcpServers: { first: echo } }, { mcpServers: { second: echo } }],
    });
    try {
      await listsEverywhere(`${cluster.coordinator.url}/mcp`, Object.keys(TOOLS), 2);
      const own = Object.values(TOOLS);
      const contenders = [contender(cluster, 'home', own), contender(cluster, 'other', own.toReversed())];
      const [home = [], other = []] = await inTurn(loader, contenders, { ...pace(quick), rate: RATE });
      const added = median(other.map(({ p50 }, index) => p50 - (home[index]?.p50 ?? Number.NaN)));
      const p50 = (rounds: typeof home) => median(rounds.map((round) => round.p50)).toFixed(2);
      const cpu = (rounds: typeof home) => median(rounds.map((round) => round.cpu)).toFixed(0);
      return {
        rows: [
          {
            what: `what a call takes longer to a server on another node than to one of the session's own, p50; ${RATE} calls/s`,
            goal: 'under 1.5 ms',
            measured: `${added.toFixed(2)} ms (${p50(home)} at home, ${p50(other)} elsewhere; CPU of all members ${cpu(home)} us, ${cpu(other)} us)`,
            met: added < 1.5,
          },
        ],
        raw: { home, other },
      };
    } finally {
      await cluster.stop();
    }
  },
};
