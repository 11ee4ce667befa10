import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { CaseResult, Row } from './case.ts';
import type { Machine } from './machine.ts';

const RESULTS = new URL('./results/', import.meta.url);
const PAGE = new URL('../docs/benchmarks.md', import.meta.url);
const BEGIN = '<!-- results: written by `npm run bench` -->';
const END = '<!-- end of results -->';

/** The content of `bench/results/<name>.json`. */
interface Stored extends CaseResult {
  name: string;
  machine: Machine;
}

function verdict({ met }: Row): string {
  if (met === undefined) return '-';
  return met ? 'yes' : 'NO';
}

/** For a terminal: each row over two lines, so that none is cut. */
export function terminalRows(rows: readonly Row[]): string {
  return rows
    .map((row) => `  ${row.what}\n      goal ${row.goal}   measured ${row.measured}   met ${verdict(row)}\n`)
    .join('');
}

export function machineLine({ cpu, cores, memoryGib, platform, node, loadBefore }: Machine): string {
  const load = `load before ${loadBefore.toFixed(2)}`;
  return `${cores} cores (${cpu}), ${memoryGib} GiB, ${platform}, Node ${node}, ${load}`;
}

/** Keeps the raw data of one case. */
export function storeResult(name: string, machine: Machine, result: CaseResult): void {
  mkdirSync(RESULTS, { recursive: true });
  const stored: Stored = { name, machine, ...result };
  writeFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify(stored, null, 2)}\n`);
}

/** Puts the newest result of every case, in the order of `names`, into `docs/benchmarks.md`. */
export function writePage(names: readonly string[]): void {
  const files = new Set(readdirSync(RESULTS));
  const stored = names
    .filter((name) => files.has(`${name}.json`))
    .map((name) => JSON.parse(readFileSync(new URL(`${name}.json`, RESULTS), 'utf8')) as Stored);
  const page = readFileSync(PAGE, 'utf8');
  const [head, rest = ''] = page.split(BEGIN);
  const tail = rest.split(END)[1] ?? '\n';
  writeFileSync(PAGE, `${head}${BEGIN}\n${resultTable(stored)}${END}${tail}`);
}

function resultTable(stored: readonly Stored[]): string {
  const lines = stored.flatMap(({ name, rows }) =>
    rows.map((row) => `| ${name} | ${row.what} | ${row.goal} | ${row.measured} | ${verdict(row)} |`),
  );
  const byMachine = Map.groupBy(stored, ({ machine }) => machineLine(machine));
  const facts = [...byMachine]
    .map(([line, cases]) => `- ${cases.map(({ name }) => name).join(', ')}: ${line}\n`)
    .join('');
  return `\n| case | what | goal | measured | met |\n|---|---|---|---|---|\n${lines.join('\n')}\n\nMeasured on:\n\n${facts}\n`;
}
