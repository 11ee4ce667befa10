import { type Case, pace, type Row, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { startProcess } from '../process.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

/** Calls a second over all connections: far below what one core can do, so that no queue is measured. */
const RATE = 1000;

function medianOf(rounds: readonly Round[], key: 'p50' | 'p99'): number {
  return median(rounds.map((round) => round[key]));
}

function addedRow(load: string, direct: readonly Round[], routed: readonly Round[]): Row {
  const added = median(routed.map((round, index) => round.p50 - (direct[index]?.p50 ?? Number.NaN)));
  return {
    what: `latency that the coordinator adds at 32 connections, p50; ${load}`,
    goal: '0.5 ms or less',
    measured: `${added.toFixed(2)} ms (${medianOf(direct, 'p50').toFixed(2)} direct, ${medianOf(routed, 'p50').toFixed(2)} routed)`,
    met: added <= 0.5,
  };
}

function tailRow(load: string, direct: readonly Round[], routed: readonly Round[]): Row {
  const keyOf = (rounds: readonly Round[]) => rounds.map(({ p99 }) => p99);
  const ratio = pairedRatio(keyOf(routed), keyOf(direct));
  return {
    what: `p99 at 32 connections, against direct; ${load}`,
    goal: 'under 3 times',
    measured: `${ratio.toFixed(2)} times (${medianOf(direct, 'p99').toFixed(2)} ms direct, ${medianOf(routed, 'p99').toFixed(2)} ms routed)`,
    met: ratio < 3,
  };
}

/** What another proxy adds on the same machine in the same run. */
function scaleRow(load: string, direct: readonly Round[], proxied: readonly Round[]): Row {
  const added = median(proxied.map((round, index) => round.p50 - (direct[index]?.p50 ?? Number.NaN)));
  const tail = pairedRatio(
    proxied.map(({ p99 }) => p99),
    direct.map(({ p99 }) => p99),
  );
  return {
    what: `for scale, a kept-alive http-proxy in the coordinator's place; ${load}`,
    goal: 'none',
    measured: `p50 ${added.toFixed(2)} ms more, p99 ${tail.toFixed(2)} times`,
  };
}

/** A tool call straight to the echo server, and through the coordinator: paced, then without a pause. */
export const latency: Case = {
  name: 'latency',
  async run(loader, quick) {
    const echo = await startProcess({ name: 'echo', args: [rivals('echo-http.ts')] });
    const proxy = await startProcess({ name: 'http-proxy', args: [rivals('http-proxy.ts'), echo.url, 'keep-alive'] });
    const cluster = await startCluster();
    try {
      await cluster.register({ id: 'echo-node', url: echo.url, servers: ['echo'] });
      const contenders: Contender[] = [
        { name: 'direct', url: `${echo.url}/mcp/echo`, pids: [echo.pid] },
        { name: 'routed', url: `${cluster.coordinator.url}/mcp/echo`, pids: [cluster.coordinator.pid] },
        { name: 'http-proxy', url: `${proxy.url}/mcp/echo`, pids: [proxy.pid] },
      ];
      const [direct = [], routed = [], proxied = []] = await inTurn(loader, contenders, { ...pace(quick), rate: RATE });
      const [fullDirect = [], fullRouted = [], fullProxied = []] = await inTurn(loader, contenders, pace(quick));
      const paced = `${RATE} calls/s`;
      const closed = 'no pause between calls, so all cores are busy';
      return {
        rows: [
          addedRow(paced, direct, routed),
          tailRow(paced, direct, routed),
          scaleRow(paced, direct, proxied),
          addedRow(closed, fullDirect, fullRouted),
          tailRow(closed, fullDirect, fullRouted),
          scaleRow(closed, fullDirect, fullProxied),
        ],
        raw: {
          direct,
          routed,
          proxied,
          withoutPause: { direct: fullDirect, routed: fullRouted, proxied: fullProxied },
        },
      };
    } finally {
      await cluster.stop();
      await proxy.stop();
      await echo.stop();
    }
  },
};
