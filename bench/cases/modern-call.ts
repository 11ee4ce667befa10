import { type Case, pace, type Row, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { startProcess } from '../process.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

const cpu = (rounds: readonly Round[]) => rounds.map((round) => round.cpu);
const speed = (rounds: readonly Round[]) => rounds.map(({ calls, seconds }) => calls / seconds);

function rowsFor(server: string, ours: readonly Round[], theirs: readonly Round[]): Row[] {
  const faster = pairedRatio(speed(ours), speed(theirs));
  const cheaper = pairedRatio(cpu(ours), cpu(theirs));
  return [
    {
      what: `calls a second in revision 2026-07-28 to a stdio server ${server}, against mcp-proxy`,
      goal: '3 times or more',
      measured: `${faster.toFixed(2)} times (${median(speed(ours)).toFixed(0)}, ${median(speed(theirs)).toFixed(0)})`,
      met: faster >= 3,
    },
    {
      what: `CPU of coordinator and node per such a call to a server ${server}, against mcp-proxy`,
      goal: '0.3 times or less',
      measured: `${cheaper.toFixed(2)} times (${median(cpu(ours)).toFixed(0)} us, ${median(cpu(theirs)).toFixed(0)} us)`,
      met: cheaper <= 0.3,
    },
  ];
}

/** Calls of modern clients, which have no session, to echo servers on stdio of either era; beside `mcp-proxy` with the same. */
export const modernCall: Case = {
  name: 'modern-call',
  async run(loader, quick) {
    const server = (file: string) => ({ command: process.execPath, args: [rivals(file)] });
    const proxy = (file: string, ...options: string[]) =>
      startProcess({ name: `mcp-proxy for ${file}`, args: [rivals('mcp-proxy.ts'), file, ...options] });
    const proxies = await Promise.all([
      proxy('echo-modern.ts', '--upstreamProtocol', 'modern'),
      proxy('echo-stdio.ts'),
    ]);
    const mcpServers = { modern: server('echo-modern.ts'), legacy: server('echo-stdio.ts') };
    const cluster = await startCluster({ nodes: [{ mcpServers }] });
    try {
      const pids = [cluster.coordinator, ...cluster.nodes].map(({ pid }) => pid);
      const contenders: Contender[] = ['modern', 'legacy'].flatMap((name, index) => [
        { name: `cluster-${name}`, url: `${cluster.coordinator.url}/mcp/${name}`, pids, speech: { modern: true } },
        {
          name: `mcp-proxy-${name}`,
          url: `${proxies[index]?.url}/mcp`,
          pids: [proxies[index]?.pid ?? 0],
          speech: { modern: true },
        },
      ]);
      const [modern = [], proxyModern = [], legacy = [], proxyLegacy = []] = await inTurn(
        loader,
        contenders,
        pace(quick),
      );
      return {
        rows: [...rowsFor('of that revision', modern, proxyModern), ...rowsFor('of older ones', legacy, proxyLegacy)],
        raw: { modern, proxyModern, legacy, proxyLegacy },
      };
    } finally {
      await cluster.stop();
      await Promise.all(proxies.map((each) => each.stop()));
    }
  },
};
