import { type Case, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { startProcess } from '../process.ts';
import { median } from '../statistics.ts';

const SERVERS = 100;
const TOOLS = 20;

/** All tools of 100 servers in one list, asked for through the coordinator, one request at a time. */
export const list: Case = {
  name: 'list',
  async run(loader, quick) {
    const many = await startProcess({ name: 'many', args: [rivals('many-http.ts'), String(TOOLS)] });
    const names = Array.from({ length: SERVERS }, (_, index) => `s${index}`);
    const mcpServers = Object.fromEntries(
      names.map((name) => [name, { type: 'streamable-http', url: `${many.url}/mcp/${name}` }]),
    );
    const cluster = await startCluster({ nodes: [{ mcpServers }] });
    try {
      await loader.open('list', `${cluster.coordinator.url}/mcp`, 1);
      const { tools } = await loader.list('list', 50);
      const rounds = [];
      for (let n = 0; n < 5; n++) rounds.push(await loader.list('list', quick ? 40 : 200));
      const p50 = median(rounds.map((round) => round.p50));
      return {
        rows: [
          {
            what: `aggregated tools/list of ${SERVERS} servers with ${TOOLS} tools each, warm, through the coordinator, p50`,
            goal: 'under 5 ms',
            measured: `${p50.toFixed(2)} ms (p99 ${median(rounds.map(({ p99 }) => p99)).toFixed(2)} ms, ${tools} tools)`,
            met: p50 < 5 && tools === SERVERS * TOOLS,
          },
        ],
        raw: rounds,
      };
    } finally {
      await cluster.stop();
      await many.stop();
    }
  },
};
