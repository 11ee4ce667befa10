import type { ClusterMember } from '../support/cluster.ts';
import type { Descriptors } from './descriptors.ts';
import type { Violation } from './invariants.ts';

/** What a process holds after it has collected its garbage. */
export interface Memory {
  pid: number;
  /** Of `performance.now()`, in milliseconds. */
  at: number;
  /** Bytes. */
  rss: number;
  /** Bytes of live objects, within the heap and without. */
  live: number;
}

/** @throws when the process does not say within ten seconds */
export async function memoryOf({ id, process: { child, pid } }: ClusterMember): Promise<Memory> {
  const usage = await new Promise<NodeJS.MemoryUsage>((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      child.off('message', hear);
    };
    const hear = (message: unknown) => {
      settle();
      resolve((message as { memory: NodeJS.MemoryUsage }).memory);
    };
    const timer = setTimeout(() => {
      settle();
      reject(new Error(`${id} did not say how much memory it has`));
    }, 10_000);
    child.on('message', hear);
    child.kill('SIGUSR2');
  });
  return { pid, at: performance.now(), rss: usage.rss, live: usage.heapUsed + usage.external };
}

export interface Held {
  memory: Memory;
  descriptors: Descriptors;
}

/** What one member held before the faults, between the halves and in the end, each time after all clients had gone. */
export interface ResourceRow {
  id: string;
  before: Held | undefined;
  middle: Held | undefined;
  end: Held | undefined;
}

const MIB = 1024 * 1024;
/** Growth that is not held against a process: what came and went at the moment of the measurement, and tables of what was. */
const LIVE_SLACK = 4 * MIB;
const LIVE_SLACK_PER_MINUTE = MIB;
/** What the allocator keeps for later varies by tens of MiB from one moment to the next. */
const RSS_SLACK = 128 * MIB;
/** Connections between members that are open for the moment, such as that of a heartbeat. */
const DESCRIPTOR_SLACK = 6;

/** Of the second half; undefined when the process is not the same at both ends of it. */
export function growthOf({ middle, end }: ResourceRow): { live: number; rss: number; minutes: number } | undefined {
  if (middle === undefined || end === undefined || middle.memory.pid !== end.memory.pid) return undefined;
  return {
    live: end.memory.live - middle.memory.live,
    rss: end.memory.rss - middle.memory.rss,
    minutes: (end.memory.at - middle.memory.at) / 60_000,
  };
}

/** Whose memory or descriptors grew. */
export function judgeResources(rows: readonly ResourceRow[]): Violation[] {
  return rows.flatMap((row) => {
    const found: Violation[] = [];
    const growth = growthOf(row);
    if (growth !== undefined) {
      const { live, rss, minutes } = growth;
      const what = `${row.id} grew by ${mib(live)} of live memory and ${mib(rss)} of RSS in ${minutes.toFixed(1)} minutes`;
      if (live > LIVE_SLACK + LIVE_SLACK_PER_MINUTE * minutes || rss > RSS_SLACK) {
        found.push({ rule: 'memory stays flat', what });
      }
    }
    const [before, end] = [row.before?.descriptors, row.end?.descriptors];
    if (before !== undefined && end !== undefined && end.own > before.own + DESCRIPTOR_SLACK) {
      const what = `${row.id} has ${end.own} descriptors (${end.sockets} sockets) where it had ${before.own}`;
      found.push({ rule: 'descriptors stay flat', what });
    }
    return found;
  });
}

/** Bytes for people. */
export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
