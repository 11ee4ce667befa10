import { type Case, pace, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { startProcess } from '../process.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

/**
 * The coordinator beside a minimal `http-proxy`, both in front of one echo server, which the coordinator knows as a
 * node of the original branch: the hop, and nothing else.
 */
export const routing: Case = {
  name: 'routing',
  async run(loader, quick) {
    const echo = await startProcess({ name: 'echo', args: [rivals('echo-http.ts')] });
    const proxy = await startProcess({ name: 'http-proxy', args: [rivals('http-proxy.ts'), echo.url] });
    const cluster = await startCluster();
    try {
      await cluster.register({ id: 'echo-node', url: echo.url, servers: ['echo'] });
      const contenders: Contender[] = [
        { name: 'coordinator', url: `${cluster.coordinator.url}/mcp/echo`, pids: [cluster.coordinator.pid] },
        { name: 'http-proxy', url: `${proxy.url}/mcp/echo`, pids: [proxy.pid] },
      ];
      const [ours = [], theirs = []] = await inTurn(loader, contenders, pace(quick));
      const cpu = (rounds: readonly Round[]) => rounds.map((round) => round.cpu);
      const ratio = pairedRatio(cpu(ours), cpu(theirs));
      return {
        rows: [
          {
            what: "coordinator's CPU per routed request, against http-proxy 1.18",
            goal: '0.5 times or less',
            measured: `${ratio.toFixed(2)} times (${median(cpu(ours)).toFixed(0)} us, ${median(cpu(theirs)).toFixed(0)} us)`,
            met: ratio <= 0.5,
          },
        ],
        raw: { coordinator: ours, httpProxy: theirs },
      };
    } finally {
      await cluster.stop();
      await proxy.stop();
      await echo.stop();
    }
  },
};
