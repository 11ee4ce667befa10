import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DEFAULTS } from './defaults.ts';

export interface WatchOptions {
  /** How often the file is looked at where events do not come, in milliseconds. */
  pollInterval?: number;
  /** How long a file must stay the same before a change counts, in milliseconds, so that no half-written one is read. */
  settleTime?: number;
}

/**
 * Watches one file by what its path leads to, so that it notices writes in place, a rename over it, the swap of a symbolic
 * link anywhere on the path (how Kubernetes updates a ConfigMap volume), deletion and creation. Events of the folder make
 * it fast, a poll makes it certain: network and overlay file systems do not always send events.
 *
 * @param path of the file, which need not exist
 * @param changed called after each change, once the file has settled, and once at the start, so that a change between the
 *   caller's first read and the watch is not lost
 * @returns a function that ends the watch
 */
export function watchFile(path: string, changed: () => void, options: WatchOptions = {}): () => void {
  const { pollInterval = DEFAULTS.settingsPollInterval, settleTime = DEFAULTS.settingsSettleTime } = options;
  let closed = false;
  let known: string | undefined;
  let seen: string | undefined;
  let settle: NodeJS.Timeout | undefined;

  const look = async () => {
    const now = await signature(path);
    if (closed || now === known) return;
    if (seen !== now) {
      seen = now;
      return lookLater();
    }
    known = now;
    changed();
  };
  // A timer under way is left alone: events of a busy folder must not put it off for ever.
  const lookLater = () => {
    settle ??= setTimeout(() => {
      settle = undefined;
      void look();
    }, settleTime).unref();
  };

  const watcher = watchFolder(dirname(path), lookLater);
  const poll = setInterval(lookLater, pollInterval).unref();
  lookLater();
  return () => {
    closed = true;
    watcher?.close();
    clearInterval(poll);
    clearTimeout(settle);
  };
}

/** What tells one state of a file from the next, links followed. */
async function signature(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** Undefined where the folder cannot be watched (not there, no inotify, too many watches): the poll remains. */
function watchFolder(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
