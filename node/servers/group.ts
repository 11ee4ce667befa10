import { setTimeout as sleep } from 'node:timers/promises';

const POLL = 25;

/** Sends a signal to every process of a group. @returns false when the group has no process any more */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? pgid : -pgid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Ends every process of a group: SIGTERM, and SIGKILL for those that are still there after the grace.
 * @param grace milliseconds
 */
export async function endGroup(pgid: number, grace: number): Promise<void> {
  if (!signalGroup(pgid, 'SIGTERM')) return;
  const deadline = performance.now() + grace;
  while (performance.now() < deadline) {
    await sleep(POLL);
    if (!signalGroup(pgid, 0)) return;
  }
  signalGroup(pgid, 'SIGKILL');
}
