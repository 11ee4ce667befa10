import { writeFileSync } from 'node:fs';
import { conformancePage, type Run, summary, terminalReport } from './report.ts';
import { ROWS } from './rows.ts';
import { isPassed } from './suite.ts';

const PAGE = new URL('../../docs/conformance.md', import.meta.url);

/** `--only TEXT` runs the rows whose suite and title contain it, and writes nothing. */
async function main(): Promise<void> {
  const at = process.argv.indexOf('--only');
  const only = at < 0 ? undefined : process.argv[at + 1];
  const runs: Run[] = [];
  for (const row of ROWS) {
    if (only !== undefined && !`${row.suite.title}, ${row.title}`.includes(only)) continue;
    const run = { row, scenarios: await row.run() };
    process.stdout.write(`${terminalReport(run)}\n`);
    runs.push(run);
  }
  process.stdout.write(`${summary(runs)}\n`);
  if (only === undefined) writeFileSync(PAGE, conformancePage(runs));
  if (!runs.every(isEnough)) process.exitCode = 1;
}

function isEnough({ row, scenarios }: Run): boolean {
  return scenarios.length === row.suite.scenarios && scenarios.filter(isPassed).length >= row.least;
}

await main();
