import { type Case, rivals } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { cpuMicroseconds } from '../cpu.ts';
import type { Outcome } from '../load.ts';
import type { Loader } from '../loader.ts';
import { startProcess } from '../process.ts';
import { median, pairedRatio } from '../statistics.ts';

const SERVERS = 100;
const TOOLS = 20;
const NODES = [1, 2, 4];
/** Sessions, so that all nodes serve some. */
const CONNECTIONS = 8;

type Measured = Outcome & { cpu: number };

/** The servers, shared out evenly. */
function settingsOf(url: string, nodes: number): object[] {
  return Array.from({ length: nodes }, (_, node) => ({
    mcpServers: Object.fromEntries(
      Array.from({ length: SERVERS / nodes }, (_, index) => {
        const name = `s${node * (SERVERS / nodes) + index}`;
        return [name, { type: 'streamable-http', url: `${url}/mcp/${name}` }];
      }),
    ),
  }));
}

/** Lists until every session sees all tools: nodes hear of each other's servers in the background. */
async function warm(loader: Loader, target: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (let complete = 0; complete < CONNECTIONS; ) {
    const { tools } = await loader.list(target, 1);
    complete = tools === SERVERS * TOOLS ? complete + 1 : 0;
    if (performance.now() > deadline) throw new Error(`${target} lists ${tools} tools, not ${SERVERS * TOOLS}`);
  }
}

async function measure(loader: Loader, target: string, cluster: Cluster, count: number): Promise<Measured> {
  const pids = [cluster.coordinator, ...cluster.nodes].map(({ pid }) => pid);
  const before = cpuMicroseconds(pids);
  const outcome = await loader.list(target, count);
  return { ...outcome, cpu: (cpuMicroseconds(pids) - before) / outcome.calls };
}

/** All tools of 100 servers that are spread over several nodes in one list, whichever node serves the session. */
export const aggregatedList: Case = {
  name: 'aggregated-list',
  async run(loader, quick) {
    const many = await startProcess({ name: 'many', args: [rivals('many-http.ts'), String(TOOLS)] });
    const clusters: Cluster[] = [];
    try {
      for (const nodes of NODES) clusters.push(await startCluster({ nodes: settingsOf(many.url, nodes) }));
      for (const [index, { coordinator }] of clusters.entries()) {
        const target = `on ${NODES[index]}`;
        await loader.open(target, `${coordinator.url}/mcp`, CONNECTIONS);
        await warm(loader, target);
        await loader.list(target, 100);
      }
      const rounds: Measured[][] = clusters.map(() => []);
      for (let n = 0; n < (quick ? 3 : 7); n++) {
        for (const [index, cluster] of clusters.entries()) {
          rounds[index]?.push(await measure(loader, `on ${NODES[index]}`, cluster, quick ? 80 : 400));
        }
      }
      return report(rounds);
    } finally {
      for (const cluster of clusters) await cluster.stop();
      await many.stop();
    }
  },
};

function report(rounds: readonly (readonly Measured[])[]) {
  const [one = [], two = [], four = []] = rounds;
  const p50 = (of: readonly Measured[]) => median(of.map((each) => each.p50));
  const cpu = (of: readonly Measured[]) => of.map((each) => each.cpu);
  const complete = rounds.flat().every(({ tools }) => tools === SERVERS * TOOLS);
  const shown = (of: readonly Measured[]) =>
    `${p50(of).toFixed(2)} ms, ${(median(cpu(of)) / 1000).toFixed(2)} ms of CPU`;
  const ratio = pairedRatio(cpu(four), cpu(one));
  return {
    rows: [
      {
        what: `tools/list on /mcp of ${SERVERS} servers with ${TOOLS} tools each, shared out to 4 nodes, warm, p50`,
        goal: 'under 6 ms',
        measured: `${p50(four).toFixed(2)} ms (p99 ${median(four.map(({ p99 }) => p99)).toFixed(2)} ms)`,
        met: p50(four) < 6 && complete,
      },
      {
        what: 'CPU of all members per such a list, 4 nodes against 1',
        goal: '1.25 times or less',
        measured: `${ratio.toFixed(2)} times (1 node: ${shown(one)}; 2: ${shown(two)}; 4: ${shown(four)})`,
        met: ratio <= 1.25,
      },
    ],
    raw: Object.fromEntries(NODES.map((nodes, index) => [nodes, rounds[index]])),
  };
}
