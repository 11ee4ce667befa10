import { parseArgs } from 'node:util';
import { table } from '../../bin/table.ts';
import { PROPERTIES } from './properties.ts';
import type { Outcome, Property } from './property.ts';

/**
 * `--cases N` in all, divided by the weights of the properties; `--seed S` repeats a run; `--only TEXT` takes the
 * properties whose names contain it.
 */
const OPTIONS = {
  cases: { type: 'string', default: '100000' },
  seed: { type: 'string' },
  only: { type: 'string', default: '' },
} as const;

/** Seeds are 32 bits. @throws Error that names the option */
function readInteger(option: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= 0x7fffffff) return value;
  throw new Error(`--${option} takes a whole number from ${min} to ${0x7fffffff}, not '${text}'`);
}

interface Row extends Outcome {
  name: string;
  seconds: number;
}

async function timed({ name, check }: Property, cases: number, seed: number): Promise<Row> {
  const began = performance.now();
  const outcome = await check(cases, seed);
  return { name, ...outcome, seconds: (performance.now() - began) / 1000 };
}

function report(rows: readonly Row[], seed: number): string {
  const cells = rows.map(({ name, cases, seconds, failure }) => [
    name,
    String(cases),
    seconds.toFixed(1),
    String(seed),
    failure === undefined ? 'held' : 'FAILED',
  ]);
  return table(['property', 'cases', 'seconds', 'seed', 'result'], cells);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const total = readInteger('cases', values.cases, 1);
  const seed = values.seed === undefined ? Date.now() % 0x7fffffff : readInteger('seed', values.seed, 0);
  const chosen = PROPERTIES.filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0) throw new Error(`no property has '${values.only}' in its name`);
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const rows: Row[] = [];
  for (const property of chosen) {
    rows.push(await timed(property, Math.ceil((total * property.weight) / weights), seed));
    if (process.stderr.isTTY) process.stderr.write(`${rows.length}/${chosen.length} ${property.name}\n`);
  }
  process.stdout.write(report(rows, seed));
  const failed = rows.filter(({ failure }) => failure !== undefined);
  for (const { name, failure } of failed) {
    console.log(`\n${name}\n${failure}\nRepeat: npm run fuzz -- --only '${name}' --seed ${seed} --cases ${total}`);
  }
  const cases = rows.reduce((sum, row) => sum + row.cases, 0);
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  console.log(
    `\n${cases} cases in ${seconds.toFixed(0)} s: ${failed.length === 0 ? 'all held' : `${failed.length} FAILED`}`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

await main();
