import { readFileSync, writeFileSync } from 'node:fs';
import type { Row } from '../case.ts';
import type { Machine } from '../machine.ts';
import { machineLine } from '../report.ts';

const PAGE = new URL('../../docs/benchmarks-operator.md', import.meta.url);
const END = '<!-- end of results -->';

/** Puts the results of the bench into `docs/benchmarks-operator.md`. */
export function writeOperatorPage(machine: Machine, rows: readonly Row[]): void {
  const cells = rows.map((row) => [row.what, row.goal, row.measured, verdict(row)]);
  writeResults('npm run bench:operator', machine, [['what', 'goal', 'measured', 'met'], ...cells]);
}

/**
 * Puts a table between the marks of a command in `docs/benchmarks-operator.md`.
 * @param rows the head first
 * @throws when the page has no such marks
 */
export function writeResults(
  command: string,
  machine: Machine,
  [head = [], ...rows]: readonly (readonly string[])[],
): void {
  const begin = `<!-- results: written by \`${command}\` -->`;
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = page.split(begin);
  const end = after?.indexOf(END) ?? -1;
  if (end < 0) throw new Error(`${PAGE.pathname} has no ${begin} with ${END} below it`);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
  const results = `${table}\n\nMeasured on: ${machineLine(machine)}`;
  writeFileSync(PAGE, `${before}${begin}\n\n${results}\n\n${after?.slice(end)}`);
}

function verdict({ met }: Row): string {
  if (met === undefined) return '-';
  return met ? 'yes' : 'NO';
}
