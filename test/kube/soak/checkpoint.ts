import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLUSTERS, PODS, RENDERED } from '../../../operator/reconcile/kinds.ts';
import { eventually } from '../../support/eventually.ts';
import { notAsRendered } from './as-rendered.ts';
import type { Edits } from './edits.ts';
import { readObjects } from './objects.ts';
import type { Place } from './place.ts';
import { changedSince, writtenBy } from './written.ts';

/** Milliseconds until everything is as it should be after the last fault and the last edit. */
const SETTLE = 120_000;
/**
 * Milliseconds for which nothing may have been written before anything is measured: longer than a status may wait, so that
 * whatever is written after that has no end.
 */
const QUIET = 40_000;
/** Milliseconds for which calls are counted. */
const COUNTED = 30_000;
/** Lines of the operator's log that are kept when something was written in that time. */
const SAID = 20;

/** What the operator holds and does once edits and faults have ended. */
export interface Checkpoint {
  /** Milliseconds until all objects were as rendered. */
  settled: number;
  /** Bytes of live objects, within the heap and without, after a collection of garbage. */
  live: number;
  rss: number;
  descriptors: number;
  sockets: number;
  /** To the API server. */
  connections: number;
  callsPerMinute: number;
  writesPerMinute: number;
  /** What was written in the time for which calls are counted, and what else happened then; empty when nothing was. */
  written: string[];
}

/** Ends the unrest, waits until all is as it should be, and measures. @throws when it does not come to that */
export async function checkpoint(place: Place, edits: Edits): Promise<Checkpoint> {
  const { proxy, operator } = place;
  await edits.rest();
  const began = performance.now();
  await eventually(
    'all objects are as rendered',
    async () => {
      const wrong = await notAsRendered(place);
      if (wrong.length > 0) throw new Error(`${wrong.length} are not:\n${wrong.slice(0, 10).join('\n')}`);
    },
    SETTLE,
  );
  const settled = performance.now() - began;
  await quiet(place);
  proxy.log.forget();
  const since = Date.now();
  const lines = operator.log.length;
  await sleep(COUNTED);
  const minutes = COUNTED / 60_000;
  const { heapUsed, external, rss } = await memoryOf(operator);
  return {
    settled,
    live: heapUsed + external,
    rss,
    ...descriptorsOf(operator.pid),
    connections: proxy.door.connections,
    callsPerMinute: proxy.log.count() / minutes,
    writesPerMinute: proxy.log.writes() / minutes,
    written: proxy.log.writes() === 0 ? [] : await unrestIn(place, since, lines),
  };
}

/**
 * What was written, what others changed that this may have been an answer to, and what the operator said.
 * @param since milliseconds since 1970
 * @param lines of its log that were written before
 */
async function unrestIn(place: Place, since: number, lines: number): Promise<string[]> {
  const objects = await readObjects(place, [CLUSTERS, ...RENDERED, PODS]);
  const said = place.operator.log.slice(lines).map((line) => JSON.stringify(line));
  return [...writtenBy(place.proxy.log.last), ...changedSince(objects, since), ...said.slice(0, SAID)];
}

function quiet({ proxy }: Place): Promise<void> {
  proxy.log.forget();
  let writes = 0;
  let since = performance.now();
  return eventually(
    'nothing is written any more',
    () => {
      const now = proxy.log.writes();
      if (now !== writes) since = performance.now();
      writes = now;
      if (performance.now() - since < QUIET) throw new Error(writtenBy(proxy.log.last).join('\n'));
    },
    SETTLE,
  );
}

async function memoryOf({ child, exited }: Place['operator']): Promise<NodeJS.MemoryUsage> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.MemoryUsage>();
  child.once('message', (message) => resolve((message as { memory: NodeJS.MemoryUsage }).memory));
  child.kill('SIGUSR2');
  const ended = exited.then(() => Promise.reject(new Error('the operator ended')));
  const late = sleep(10_000, undefined, { ref: false }).then(() =>
    Promise.reject(new Error('the operator did not say its memory')),
  );
  for (const failure of [ended, late]) failure.catch(() => undefined);
  return Promise.race([promise, ended, late]);
}

function descriptorsOf(pid: number): Pick<Checkpoint, 'descriptors' | 'sockets'> {
  const targets = readdirSync(`/proc/${pid}/fd`).map((name) => targetOf(`/proc/${pid}/fd/${name}`));
  return { descriptors: targets.length, sockets: targets.filter((target) => target.startsWith('socket:')).length };
}

/** Empty for one that has been closed in the meantime. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
