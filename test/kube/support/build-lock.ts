import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Milliseconds between two looks at a lock that another process holds. */
const INTERVAL = 500;

/**
 * Runs `work` while no other process does the same. What a killed process left is taken over. Two that take over at
 * the same moment both run: that wastes time and harms nothing, since results are put in place by renaming.
 * @param file names the holder while it is held
 * @param waiting called once when another process holds it
 * @param done when it holds, another process has done the work
 */
export async function locked<T>(
  file: string,
  waiting: (holder: number) => void,
  done: () => T | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let announced = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder !== undefined && !runs(holder)) rmSync(file, { force: true });
    else {
      if (!announced && holder !== undefined) waiting(holder);
      announced = true;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }
  try {
    return done() ?? (await work());
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined while it is not written yet, and when it is gone. */
function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
