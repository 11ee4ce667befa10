import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Case, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import { MEMORY_ARGV, type Memory, MIB, readMemory } from '../memory.ts';
import { startProcess } from '../process.ts';
import { median } from '../statistics.ts';

const SESSIONS = 10_000;
/** As many calls as the sessions make, on 32 sessions: what traffic itself leaves behind is in the baseline. */
const WARM_UP_SECONDS = 10;
/** What a coordinator still holds of 10,000 sessions that were opened, used once and left without a DELETE. */
export const memory: Case = {
  name: 'memory',
  async run(loader, quick) {
    const runs: { fresh: Memory; idle: Memory; after: Memory }[] = [];
    for (let n = 0; n < (quick ? 1 : 5); n++) {
      const folder = await mkdtemp(join(tmpdir(), 'mcphub-bench-'));
      const file = join(folder, 'memory.json');
      const echo = await startProcess({ name: 'echo', args: [rivals('echo-http.ts')] });
      const cluster = await startCluster({
        execArgv: MEMORY_ARGV,
        env: { BENCH_MEMORY_FILE: file },
      });
      try {
        await cluster.register({ id: 'echo-node', url: echo.url, servers: ['echo'] });
        const { pid, url } = cluster.coordinator;
        const fresh = await readMemory(pid, file);
        await loader.open(`memory-${n}`, `${url}/mcp/echo`, 32);
        await loader.run(`memory-${n}`, WARM_UP_SECONDS);
        const idle = await readMemory(pid, file);
        await loader.churn(`${url}/mcp/echo`, SESSIONS);
        runs.push({ fresh, idle, after: await readMemory(pid, file) });
      } finally {
        await cluster.stop();
        await echo.stop();
        await rm(folder, { recursive: true, force: true });
      }
    }
    return report(runs);
  },
};

function report(runs: readonly { fresh: Memory; idle: Memory; after: Memory }[]) {
  const held = ({ heapUsed, external }: Memory) => heapUsed + external;
  const heap = median(runs.map(({ idle, after }) => held(after) - held(idle))) / MIB;
  const resident = median(runs.map(({ idle, after }) => after.rss - idle.rss)) / MIB;
  const sinceStart = median(runs.map(({ fresh, after }) => after.rss - fresh.rss)) / MIB;
  return {
    rows: [
      {
        what: "coordinator's memory for 10,000 sessions seen, heap and external, over idle",
        goal: '20 MiB or less',
        measured: `${heap.toFixed(1)} MiB`,
        met: heap <= 20,
      },
      {
        what: 'the same, resident set, over a coordinator that is idle after traffic',
        goal: '20 MiB or less',
        measured: `${resident.toFixed(1)} MiB`,
        met: resident <= 20,
      },
      {
        what: 'the same, resident set, over a coordinator that has not served a request',
        goal: '20 MiB or less',
        measured: `${sinceStart.toFixed(1)} MiB`,
        met: sinceStart <= 20,
      },
    ],
    raw: runs,
  };
}
