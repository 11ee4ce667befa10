import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Row } from '../case.ts';
import { machine } from '../machine.ts';
import { machineLine, storeResult, terminalRows } from '../report.ts';
import { change } from './cases/change.ts';
import { idle } from './cases/idle.ts';
import { live } from './cases/live.ts';
import { restart } from './cases/restart.ts';
import { openLab } from './lab.ts';
import type { OperatorCase } from './operator-case.ts';
import { writeOperatorPage } from './page.ts';

/** In an order in which the number of clusters only grows. */
const CASES: readonly OperatorCase[] = [idle, live, change, restart];
const NAMES = CASES.map(({ name }) => name);
/** For the figures that are kept. */
const CLUSTERS = 200;
/** Milliseconds for which an idle operator is watched. */
const IDLE = 150_000;

/**
 * `--only NAME` (may be repeated) runs some cases; `--clusters N` takes another number of clusters. Neither keeps
 * results.
 */
const OPTIONS = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  clusters: { type: 'string', default: String(CLUSTERS) },
} as const;

function chosenCases(): { chosen: OperatorCase[]; clusters: number; keep: boolean } {
  const { values } = parseArgs({ options: OPTIONS });
  const unknown = values.only.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`no case ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  const clusters = Number(values.clusters);
  if (!Number.isInteger(clusters) || clusters < 1) {
    throw new Error(`--clusters ${values.clusters} is not right; write a whole number from 1`);
  }
  const chosen = CASES.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  return { chosen, clusters, keep: chosen.length === CASES.length && clusters === CLUSTERS };
}

async function main(): Promise<void> {
  const { chosen, clusters, keep } = chosenCases();
  const facts = machine();
  console.log(machineLine(facts));
  const rows: Row[] = [];
  const raw: Record<string, unknown> = {};
  const lab = await openLab();
  try {
    await (await lab.replaceOperator()).ready();
    for (const { name, run } of chosen) {
      console.log(`\n${name}, load ${loadavg()[0]?.toFixed(2)}`);
      const result = await run(lab, { clusters, idle: IDLE });
      process.stdout.write(terminalRows(result.rows));
      rows.push(...result.rows);
      raw[name] = { loadAfter: loadavg()[0], result: result.raw };
    }
  } finally {
    await lab.close();
  }
  if (keep) {
    storeResult('operator', facts, { rows, raw });
    writeOperatorPage(facts, rows);
  }
  const missed = rows.filter(({ met }) => met === false).length;
  console.log(`\n${missed === 0 ? 'All goals met.' : `${missed} missed.`}`);
}

await main();
