import { type Case, pace, type Row, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { startProcess } from '../process.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

function row(rival: string, ours: readonly Round[], theirs: readonly Round[]): Row {
  const cpu = (rounds: readonly Round[]) => rounds.map((round) => round.cpu);
  const ratio = pairedRatio(cpu(ours), cpu(theirs));
  return {
    what: `coordinator's CPU per routed request, against ${rival}`,
    goal: '0.5 times or less',
    measured: `${ratio.toFixed(2)} times (${median(cpu(ours)).toFixed(0)} us, ${median(cpu(theirs)).toFixed(0)} us)`,
    met: ratio <= 0.5,
  };
}

/**
 * The coordinator beside `http-proxy`, all in front of one echo server, which the coordinator knows as a
 * node of the original branch: the hop, and nothing else.
 */
export const routing: Case = {
  name: 'routing',
  async run(loader, quick) {
    const echo = await startProcess({ name: 'echo', args: [rivals('echo-http.ts')] });
    const minimal = await startProcess({ name: 'http-proxy', args: [rivals('http-proxy.ts'), echo.url] });
    const keptAlive = await startProcess({
      name: 'http-proxy, kept alive',
      args: [rivals('http-proxy.ts'), echo.url, 'keep-alive'],
    });
    const cluster = await startCluster();
    try {
      await cluster.register({ id: 'echo-node', url: echo.url, servers: ['echo'] });
      const contenders: Contender[] = [
        { name: 'coordinator', url: `${cluster.coordinator.url}/mcp/echo`, pids: [cluster.coordinator.pid] },
        { name: 'http-proxy', url: `${minimal.url}/mcp/echo`, pids: [minimal.pid] },
        { name: 'http-proxy, kept alive', url: `${keptAlive.url}/mcp/echo`, pids: [keptAlive.pid] },
      ];
      const [ours = [], plain = [], alive = []] = await inTurn(loader, contenders, pace(quick));
      return {
        rows: [
          row('http-proxy 1.18 as its README shows it', ours, plain),
          row('http-proxy 1.18 with an agent that keeps connections alive', ours, alive),
        ],
        raw: { coordinator: ours, httpProxy: plain, httpProxyKeptAlive: alive },
      };
    } finally {
      await cluster.stop();
      await minimal.stop();
      await keptAlive.stop();
      await echo.stop();
    }
  },
};
