import { type Case, pace, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { startProcess } from '../process.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

/** Coordinator and node together beside `mcp-proxy`, each in front of the same echo server on stdio. */
export const stdio: Case = {
  name: 'stdio',
  async run(loader, quick) {
    const echo = { command: process.execPath, args: [rivals('echo-stdio.ts')] };
    const proxy = await startProcess({ name: 'mcp-proxy', args: [rivals('mcp-proxy.ts')] });
    const cluster = await startCluster({ nodes: [{ mcpServers: { echo } }] });
    try {
      const members = [cluster.coordinator, ...cluster.nodes];
      const contenders: Contender[] = [
        { name: 'cluster', url: `${cluster.coordinator.url}/mcp/echo`, pids: members.map(({ pid }) => pid) },
        { name: 'mcp-proxy', url: `${proxy.url}/mcp`, pids: [proxy.pid] },
      ];
      const [ours = [], theirs = []] = await inTurn(loader, contenders, pace(quick));
      const cpu = (rounds: readonly Round[]) => rounds.map((round) => round.cpu);
      const speed = (rounds: readonly Round[]) => rounds.map(({ calls, seconds }) => calls / seconds);
      const cpuRatio = pairedRatio(cpu(ours), cpu(theirs));
      const speedRatio = pairedRatio(speed(ours), speed(theirs));
      return {
        rows: [
          {
            what: 'CPU of coordinator and node per call to a stdio server, against mcp-proxy',
            goal: '0.4 times or less',
            measured: `${cpuRatio.toFixed(2)} times (${median(cpu(ours)).toFixed(0)} us, ${median(cpu(theirs)).toFixed(0)} us)`,
            met: cpuRatio <= 0.4,
          },
          {
            what: 'calls a second, against mcp-proxy',
            goal: '2.5 times or more',
            measured: `${speedRatio.toFixed(2)} times (${median(speed(ours)).toFixed(0)}, ${median(speed(theirs)).toFixed(0)})`,
            met: speedRatio >= 2.5,
          },
        ],
        raw: { cluster: ours, mcpProxy: theirs },
      };
    } finally {
      await cluster.stop();
      await proxy.stop();
    }
  },
};
