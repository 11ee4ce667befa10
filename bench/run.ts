import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Case } from './case.ts';
import { aggregatedList } from './cases/aggregated-list.ts';
import { bridge } from './cases/bridge.ts';
import { coordinatorRestart } from './cases/coordinator-restart.ts';
import { failover } from './cases/failover.ts';
import { heartbeats } from './cases/heartbeats.ts';
import { latency } from './cases/latency.ts';
import { lifetimes } from './cases/lifetimes.ts';
import { list } from './cases/list.ts';
import { listen } from './cases/listen.ts';
import { memory } from './cases/memory.ts';
import { modernCall } from './cases/modern-call.ts';
import { otherNode } from './cases/other-node.ts';
import { ownProcess } from './cases/own-process.ts';
import { rolling } from './cases/rolling.ts';
import { routing } from './cases/routing.ts';
import { sessionId } from './cases/session-id.ts';
import { stdio } from './cases/stdio.ts';
import { startLoader } from './loader.ts';
import { machine } from './machine.ts';
import { profileReport } from './profile.ts';
import { machineLine, storeResult, terminalRows, writePage } from './report.ts';

const CASES: readonly Case[] = [
  routing,
  latency,
  stdio,
  modernCall,
  bridge,
  ownProcess,
  memory,
  lifetimes,
  listen,
  list,
  aggregatedList,
  otherNode,
  failover,
  rolling,
  coordinatorRestart,
  heartbeats,
  sessionId,
];
const NAMES = CASES.map(({ name }) => name);

/**
 * `--only NAME` (may be repeated) runs some cases; `--quick` takes shorter rounds; `--profile FOLDER` also shows in
 * which functions the members spent their time. The last two keep no results.
 */
const OPTIONS = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  quick: { type: 'boolean', default: false },
  profile: { type: 'string' },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const keep = !values.quick && values.profile === undefined;
  if (values.profile !== undefined) process.env.BENCH_PROFILE = resolve(values.profile);
  const unknown = values.only.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`no case ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  const chosen = CASES.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  const facts = machine();
  console.log(machineLine(facts));
  let missed = 0;
  for (const { name, run } of chosen) {
    console.log(`\n${name}`);
    const loader = startLoader();
    try {
      const result = await run(loader, values.quick);
      process.stdout.write(terminalRows(result.rows));
      missed += result.rows.filter(({ met }) => met === false).length;
      if (keep) storeResult(name, facts, result);
    } finally {
      loader.stop();
    }
  }
  if (keep) writePage(NAMES);
  if (values.profile !== undefined) {
    console.log(`\nOnly our processes are profiled, which slows them down: compare nothing above.\n`);
    console.log(profileReport(values.profile));
  }
  console.log(`\n${missed === 0 ? 'All goals met.' : `${missed} missed.`}`);
}

await main();
