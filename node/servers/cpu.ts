import { readdir, readFile } from 'node:fs/promises';

/** What a process and its descendants have used of the processor. */
export interface CpuUse {
  /** In ticks of the kernel, of which a second has 100; children that have ended count. */
  ticks: number;
  /** One of them is about to work, or waits for a disk. */
  wantsMore: boolean;
}

/**
 * Looks at a process and its descendants (proc(5)).
 * @returns undefined where the system does not say, or the process is gone
 */
export async function cpuOf(pid: number): Promise<CpuUse | undefined> {
  const own = await statOf(pid);
  if (own === undefined) return undefined;
  const descendants = await Promise.all((await childrenOf(pid)).map(cpuOf));
  return descendants.reduce<CpuUse>(
    (sum, use) => ({ ticks: sum.ticks + (use?.ticks ?? 0), wantsMore: sum.wantsMore || use?.wantsMore === true }),
    own,
  );
}

async function statOf(pid: number): Promise<CpuUse | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name of the program is in parentheses, and may contain some.
  const [state, ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, cutime, cstime] = numbers.slice(10, 14).map(Number);
  const ticks = [utime, stime, cutime, cstime].reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return { ticks, wantsMore: state === 'R' || state === 'D' };
}

/** Each thread has the children that it has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'latin1').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
