import { type Case, pace, type Row, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { type Contender, inTurn, type Round } from '../rounds.ts';
import { median, pairedRatio } from '../statistics.ts';

function row(what: string, bridged: readonly Round[], plain: readonly Round[]): Row {
  const cpu = (rounds: readonly Round[]) => rounds.map((round) => round.cpu);
  const p50 = (rounds: readonly Round[]) => median(rounds.map((round) => round.p50)).toFixed(2);
  const ratio = pairedRatio(cpu(bridged), cpu(plain));
  const microseconds = (rounds: readonly Round[]) => `${median(cpu(rounds)).toFixed(0)} us`;
  return {
    what: `CPU of coordinator and node per call of ${what}`,
    goal: 'under 2 times',
    measured: `${ratio.toFixed(2)} times (${microseconds(bridged)}, ${microseconds(plain)}; p50 ${p50(bridged)} ms, ${p50(plain)} ms)`,
    met: ratio < 2,
  };
}

/** Calls between a client and a stdio server of different eras, against such calls between two of the client's era. */
export const bridge: Case = {
  name: 'bridge',
  async run(loader, quick) {
    const server = (file: string, more = {}) => ({ command: process.execPath, args: [rivals(file)], ...more });
    const mcpServers = {
      legacy: server('echo-stdio.ts'),
      modern: server('echo-modern.ts'),
      own: server('echo-stdio.ts', { perSessionClient: 'calls' }),
    };
    const cluster = await startCluster({ nodes: [{ mcpServers }] });
    try {
      const pids = [cluster.coordinator, ...cluster.nodes].map(({ pid }) => pid);
      const contender = (modern: boolean, target: string): Contender => ({
        name: `${modern ? 'modern' : 'legacy'} client, ${target}`,
        url: `${cluster.coordinator.url}/mcp/${target}`,
        pids,
        speech: { modern },
      });
      const contenders = [
        contender(false, 'legacy'),
        contender(false, 'modern'),
        contender(true, 'modern'),
        contender(true, 'legacy'),
        contender(true, 'own'),
      ];
      const [legacy = [], up = [], modern = [], down = [], own = []] = await inTurn(loader, contenders, pace(quick));
      return {
        rows: [
          row('a session to a server of 2026-07-28 alone, against one of its own revision', up, legacy),
          row('a client of 2026-07-28 to a server of older revisions, against one of its own', down, modern),
          row('a client of 2026-07-28 to such a server with a process for each, against one of its own', own, modern),
        ],
        raw: { legacy, up, modern, down, own },
      };
    } finally {
      await cluster.stop();
    }
  },
};
