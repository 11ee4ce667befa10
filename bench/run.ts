import { parseArgs } from 'node:util';
import type { Case } from './case.ts';
import { latency } from './cases/latency.ts';
import { list } from './cases/list.ts';
import { memory } from './cases/memory.ts';
import { ownProcess } from './cases/own-process.ts';
import { routing } from './cases/routing.ts';
import { stdio } from './cases/stdio.ts';
import { startLoader } from './loader.ts';
import { machine } from './machine.ts';
import { machineLine, storeResult, terminalRows, writePage } from './report.ts';

const CASES: readonly Case[] = [routing, latency, stdio, ownProcess, memory, list];
const NAMES = CASES.map(({ name }) => name);

/** `--only NAME` (may be repeated) runs some cases; `--quick` takes shorter rounds and keeps no results. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true, default: [] }, quick: { type: 'boolean', default: false } },
  });
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
      if (!values.quick) storeResult(name, facts, result);
    } finally {
      loader.stop();
    }
  }
  if (!values.quick) writePage(NAMES);
  console.log(`\n${missed === 0 ? 'All goals met.' : `${missed} missed.`}`);
}

await main();
