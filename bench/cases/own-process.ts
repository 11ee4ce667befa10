import { type Case, pace, type Row, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

function row(what: string, rounds: readonly Round[], shared: readonly Round[]): Row {
  const cpu = (of: readonly Round[]) => of.map((round) => round.cpu);
  const ratio = pairedRatio(cpu(rounds), cpu(shared));
  return {
    what: `node's own CPU per call ${what}, against a shared process over Streamable HTTP`,
    goal: '1.3 times or less',
    measured: `${ratio.toFixed(2)} times (${median(cpu(rounds)).toFixed(0)} us, ${median(cpu(shared)).toFixed(0)} us)`,
    met: ratio <= 1.3,
  };
}

/**
 * One node, one echo server: shared by all sessions, with a process for each of 32 sessions, and shared again by
 * clients of the older transport.
 */
export const ownProcess: Case = {
  name: 'own-process',
  async run(loader, quick) {
    const echo = { command: process.execPath, args: [rivals('echo-stdio.ts')] };
    const mcpServers = { shared: echo, own: { ...echo, perSessionClient: true } };
    const cluster = await startCluster({ nodes: [{ mcpServers }] });
    try {
      const pids = cluster.nodes.map(({ pid }) => pid);
      const contender = (name: string, path: string): Contender => ({
        name,
        url: `${cluster.coordinator.url}${path}`,
        pids,
      });
      const contenders = [
        contender('shared', '/mcp/shared'),
        contender('own', '/mcp/own'),
        contender('http+sse', '/sse/shared'),
      ];
      const [shared = [], own = [], sse = []] = await inTurn(loader, contenders, pace(quick));
      return {
        rows: [row('with a process per session', own, shared), row('over HTTP+SSE', sse, shared)],
        raw: { shared, own, sse },
      };
    } finally {
      await cluster.stop();
    }
  },
};
