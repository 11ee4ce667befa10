import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'undici';
import { openAudience } from '../audience.ts';
import { type Case, rivals } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import type { Loader } from '../loader.ts';
import { MEMORY_ARGV, type Memory, MIB, readMemory } from '../memory.ts';
import { modernBody, modernHeaders } from '../modern-session.ts';
import { median } from '../statistics.ts';

const STREAMS = 1_000;
const CHANGES = 10;
/** What traffic itself leaves behind is in the baseline. */
const WARM_UP_SECONDS = 10;

interface Run {
  before: Memory[];
  after: Memory[];
  /** Milliseconds from each change until the last stream had heard of it. */
  heard: number[];
}

async function memoryOf({ coordinator, nodes }: Cluster, file: string): Promise<Memory[]> {
  const read: Memory[] = [];
  for (const { pid } of [coordinator, ...nodes]) read.push(await readMemory(pid, file));
  return read;
}

async function change(client: Client, path: string): Promise<void> {
  const params = { name: 'change', arguments: {} };
  const body = modernBody(1, 'tools/call', params);
  const response = await client.request({ path, method: 'POST', headers: modernHeaders('tools/call', params), body });
  await response.body.dump();
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode} for the change`);
}

async function runOnce(loader: Loader, name: string, file: string): Promise<Run> {
  const mcpServers = { echo: { command: process.execPath, args: [rivals('echo-modern.ts')] } };
  const cluster = await startCluster({
    nodes: [{ mcpServers }],
    execArgv: MEMORY_ARGV,
    env: { BENCH_MEMORY_FILE: file },
  });
  const { origin, pathname } = new URL(`${cluster.coordinator.url}/mcp/echo`);
  const client = new Client(origin);
  try {
    await loader.open(name, `${origin}${pathname}`, 32, { modern: true });
    await loader.run(name, WARM_UP_SECONDS);
    const before = await memoryOf(cluster, file);
    const audience = await openAudience(`${origin}${pathname}`, STREAMS);
    const after = await memoryOf(cluster, file);
    const heard: number[] = [];
    for (let n = 0; n < CHANGES; n++) {
      const all = audience.all('notifications/tools/list_changed');
      const began = performance.now();
      await Promise.all([change(client, pathname), all]);
      heard.push(performance.now() - began);
    }
    audience.close();
    return { before, after, heard };
  } finally {
    await client.close();
    await cluster.stop();
  }
}

/** What 1,000 open streams of modern clients cost, and how soon all of them hear of a change. */
export const listen: Case = {
  name: 'listen',
  async run(loader, quick) {
    const folder = await mkdtemp(join(tmpdir(), 'mcphub-bench-'));
    const runs: Run[] = [];
    try {
      const file = join(folder, 'memory.json');
      for (let n = 0; n < (quick ? 1 : 3); n++) runs.push(await runOnce(loader, `listen-${n}`, file));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return report(runs);
  },
};

function report(runs: readonly Run[]) {
  const grown = ({ before, after }: Run, of: (memory: Memory) => number, index: number) =>
    (of(after[index] as Memory) - of(before[index] as Memory)) / MIB;
  const middle = (of: (memory: Memory) => number, index: number) => median(runs.map((run) => grown(run, of, index)));
  const held = ({ heapUsed, external }: Memory) => heapUsed + external;
  const resident = median(runs.map((run) => grown(run, ({ rss }) => rss, 0) + grown(run, ({ rss }) => rss, 1)));
  const heap = median(runs.map((run) => grown(run, held, 0) + grown(run, held, 1)));
  const shown = (of: (memory: Memory) => number) =>
    `coordinator ${middle(of, 0).toFixed(1)}, node ${middle(of, 1).toFixed(1)}`;
  const longest = median(runs.map(({ heard }) => Math.max(...heard)));
  return {
    rows: [
      {
        what: `memory of coordinator and node for ${STREAMS} open subscriptions/listen, resident set, over idle`,
        goal: 'under 60 MiB',
        measured: `${resident.toFixed(1)} MiB (${shown(({ rss }) => rss)})`,
        met: resident < 60,
      },
      {
        what: 'the same, heap and external',
        goal: 'none',
        measured: `${heap.toFixed(1)} MiB (${shown(held)})`,
      },
      {
        what: `from the call that changes a list until all ${STREAMS} have heard of it, longest of ${CHANGES}`,
        goal: 'under 300 ms',
        measured: `${longest.toFixed(0)} ms (median ${median(runs.flatMap(({ heard }) => heard)).toFixed(0)} ms)`,
        met: longest < 300,
      },
    ],
    raw: runs,
  };
}
