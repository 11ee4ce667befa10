import { readFileSync, writeFileSync } from 'node:fs';
import type { Row } from '../case.ts';
import type { Machine } from '../machine.ts';
import { machineLine } from '../report.ts';

const PAGE = new URL('../../docs/benchmarks-operator.md', import.meta.url);
const BEGIN = '<!-- results: written by `npm run bench:operator` -->';
const END = '<!-- end of results -->';

/** Puts a table between the marks in `docs/benchmarks-operator.md`. */
export function writeOperatorPage(machine: Machine, rows: readonly Row[]): void {
  const page = readFileSync(PAGE, 'utf8');
  const [head, rest = ''] = page.split(BEGIN);
  const tail = rest.split(END)[1] ?? '\n';
  const lines = rows.map((row) => `| ${row.what} | ${row.goal} | ${row.measured} | ${verdict(row)} |`);
  const table = ['| what | goal | measured | met |', '|---|---|---|---|', ...lines].join('\n');
  writeFileSync(PAGE, `${head}${BEGIN}\n\n${table}\n\nMeasured on: ${machineLine(machine)}\n\n${END}${tail}`);
}

function verdict({ met }: Row): string {
  if (met === undefined) return '-';
  return met ? 'yes' : 'NO';
}
