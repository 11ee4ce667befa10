import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machine } from '../../../bench/machine.ts';
import { writeResults } from '../../../bench/operator/page.ts';
import { machineLine } from '../../../bench/report.ts';
import { Random, seedFor } from '../../chaos/random.ts';
import { checkpoint } from './checkpoint.ts';
import { disturb } from './disturbances.ts';
import { Edits } from './edits.ts';
import { openPlace, type Place } from './place.ts';
import { cellsOf, judge, type Third, table } from './verdict.ts';

/** Clusters in quiet, and edits at the same time. */
const CLUSTERS = 12;
const HANDS = 4;
const THIRDS = 3;
/** Of edits and faults, for figures that are kept. */
const MINUTES = 10;

/** `--minutes N` of edits and faults; `--seed N` draws the edits and faults of another run. */
const OPTIONS = { minutes: { type: 'string', default: String(MINUTES) }, seed: { type: 'string' } } as const;

function options(): { minutes: number; seed: number } {
  const { values } = parseArgs({ options: OPTIONS });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes} is not right; write a number above 0`);
  if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed} is not right; write a whole number`);
  return { minutes, seed };
}

/** One third: edits and faults at once, then quiet. */
async function third(place: Place, edits: Edits, random: Random, milliseconds: number): Promise<Third> {
  const ends = new AbortController();
  const unrest = Promise.all([edits.go(HANDS, ends.signal), disturb(place, random, ends.signal)]);
  unrest.catch(() => undefined);
  await Promise.race([sleep(milliseconds), unrest, place.operator.exited.then(() => endedEarly(place))]);
  ends.abort();
  const [, faults] = await unrest;
  const made = edits.take();
  console.log(`edits ${JSON.stringify(made.done)}, ${place.proxy.log.count()} API calls`);
  console.log(`  faults ${JSON.stringify(faults)}`);
  for (const line of made.unexpected) console.log(`  missed: ${line}`);
  const measured = await checkpoint(place, edits);
  console.log(`  load ${loadavg()[0]?.toFixed(2)}`);
  for (const line of measured.written) console.log(`  in quiet: ${line}`);
  return { ...measured, edits: made, faults };
}

function endedEarly({ operator }: Place): never {
  throw new Error(`the operator ended:\n${operator.tail()}`);
}

async function main(): Promise<void> {
  const { minutes, seed } = options();
  const facts = machine();
  console.log(`seed ${seed}, ${minutes} minutes of edits and faults, ${CLUSTERS} clusters\n${machineLine(facts)}`);
  const place = await openPlace(CLUSTERS);
  try {
    const edits = new Edits(place, new Random(seedFor(seed, 'edits')));
    const faults = new Random(seedFor(seed, 'faults'));
    await edits.rest();
    const thirds: Third[] = [];
    for (let i = 0; i < THIRDS; i++) {
      thirds.push(await third(place, edits, faults, (minutes * 60_000) / THIRDS));
    }
    const rows = judge(thirds);
    console.log(`\n${table(rows)}\n`);
    const passed = rows.every(({ fine }) => fine);
    if (passed && minutes >= MINUTES) writeResults('npm run soak:operator', facts, cellsOf(rows));
    if (!passed) process.exitCode = 1;
  } catch (error) {
    process.exitCode = 1;
    console.error((error as Error).message);
    console.error(place.operator.tail());
  } finally {
    await place.close();
  }
}

await main();
