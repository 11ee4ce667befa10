import { type Case, pace, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

/** One node, one echo server twice: shared by all sessions, and with a process for each of 32 sessions. */
export const ownProcess: Case = {
  name: 'own-process',
  async run(loader, quick) {
    const echo = { command: process.execPath, args: [rivals('echo-stdio.ts')] };
    const mcpServers = { shared: echo, own: { ...echo, perSessionClient: true } };
    const cluster = await startCluster({ nodes: [{ mcpServers }] });
    try {
      const pids = cluster.nodes.map(({ pid }) => pid);
      const contender = (name: string): Contender => ({ name, url: `${cluster.coordinator.url}/mcp/${name}`, pids });
      const [shared = [], own = []] = await inTurn(loader, [contender('shared'), contender('own')], pace(quick));
      const cpu = (rounds: readonly Round[]) => rounds.map((round) => round.cpu);
      const ratio = pairedRatio(cpu(own), cpu(shared));
      return {
        rows: [
          {
            what: "node's own CPU per call with a process per session, against a shared one",
            goal: '1.3 times or less',
            measured: `${ratio.toFixed(2)} times (${median(cpu(own)).toFixed(0)} us, ${median(cpu(shared)).toFixed(0)} us)`,
            met: ratio <= 1.3,
          },
        ],
        raw: { shared, own },
      };
    } finally {
      await cluster.stop();
    }
  },
};
