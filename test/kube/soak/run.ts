import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random, seedFor } from '../../chaos/random.ts';
import { type Checkpoint, checkpoint } from './checkpoint.ts';
import { disturb } from './disturbances.ts';
import { Edits } from './edits.ts';
import { openPlace, type Place } from './place.ts';
import { judge, table } from './verdict.ts';

/** Clusters in quiet, and edits at the same time. */
const CLUSTERS = 12;
const HANDS = 4;
const THIRDS = 3;

/** `--minutes N` of edits and faults; `--seed N` draws the edits and faults of another run. */
const OPTIONS = { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } as const;

function options(): { minutes: number; seed: number } {
  const { values } = parseArgs({ options: OPTIONS });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes} is not right; write a number above 0`);
  if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed} is not right; write a whole number`);
  return { minutes, seed };
}

/** One third: edits and faults at once, then quiet. */
async function third(place: Place, edits: Edits, faults: Random, milliseconds: number): Promise<Checkpoint> {
  const before = edits.count;
  const ends = new AbortController();
  const unrest = Promise.all([edits.go(HANDS, ends.signal), disturb(place, faults, ends.signal)]);
  unrest.catch(() => undefined);
  await Promise.race([sleep(milliseconds), unrest, place.operator.exited.then(() => endedEarly(place))]);
  ends.abort();
  const [, counts] = await unrest;
  const asked = place.proxy.log.count();
  const measured = await checkpoint(place, edits);
  const seconds = (measured.settled / 1_000).toFixed(1);
  console.log(`${edits.count - before} edits, ${asked} API calls, faults: ${JSON.stringify(counts)}`);
  console.log(`  all as rendered after ${seconds} s; load ${loadavg()[0]?.toFixed(2)}`);
  return measured;
}

function endedEarly({ operator }: Place): never {
  throw new Error(`the operator ended:\n${operator.tail()}`);
}

async function main(): Promise<void> {
  const { minutes, seed } = options();
  console.log(
    `seed ${seed}, ${minutes} minutes of edits and faults, ${CLUSTERS} clusters, load ${loadavg()[0]?.toFixed(2)}`,
  );
  const place = await openPlace(CLUSTERS);
  try {
    const edits = new Edits(place, new Random(seedFor(seed, 'edits')));
    const faults = new Random(seedFor(seed, 'faults'));
    await edits.rest();
    const checkpoints: Checkpoint[] = [];
    for (let i = 0; i < THIRDS; i++) {
      checkpoints.push(await third(place, edits, faults, (minutes * 60_000) / THIRDS));
    }
    const rows = judge(checkpoints);
    console.log(`\n${edits.count} edits ${JSON.stringify(edits.done)}, ${edits.missed} missed\n\n${table(rows)}`);
    if (rows.some(({ flat }) => !flat)) process.exitCode = 1;
  } catch (error) {
    process.exitCode = 1;
    console.error((error as Error).message);
    console.error(place.operator.tail());
  } finally {
    await place.close();
  }
}

await main();
