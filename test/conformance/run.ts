import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { conformancePage } from './page.ts';
import { details, isEnough, nameOf, type Run, summary, terminalReport } from './report.ts';
import { ROWS, type Row } from './rows.ts';

const PAGE = new URL('../../docs/conformance.md', import.meta.url);

/**
 * `--only TEXT` runs the rows whose suite and title contain it, and writes nothing, as `--no-write` does; `--verbose`
 * prints each failed check in full. Exits with 1 when a row falls below its least.
 */
const OPTIONS = {
  only: { type: 'string', default: '' },
  write: { type: 'boolean', default: true },
  verbose: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS, allowNegative: true });
  const rows = ROWS.filter((row) => nameOf(row).includes(values.only));
  if (rows.length === 0) throw new Error(`no row has "${values.only}":\n${ROWS.map(nameOf).join('\n')}`);
  const runs: Run[] = [];
  for (const row of rows) {
    const run = await runRow(row);
    console.log(terminalReport(run));
    if (values.verbose) console.log(details(run));
    runs.push(run);
  }
  console.log(`\n${summary(runs)}`);
  if (values.write && values.only === '') writeFileSync(PAGE, conformancePage(runs));
  if (!runs.every(isEnough)) process.exitCode = 1;
}

/** A row that breaks down passes nothing, and the others run all the same. */
async function runRow(row: Row): Promise<Run> {
  try {
    return { row, outcome: await row.run() };
  } catch (error) {
    console.error(error);
    return { row, outcome: { scenarios: [], unscored: [] } };
  }
}

await main();
