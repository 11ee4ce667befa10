import { SERVERS } from './config.ts';
import type { Connection } from './connection.ts';
import { InitializeRefusedError } from './initialize.ts';
import type { ModernLink } from './modern-link.ts';

interface Choice {
  link: ModernLink;
  /** Everybody is served in the modern era already. */
  allModern: boolean;
  /** To ask costs a request, not a process. */
  remote: boolean;
  /** Sessions have connections of their own, which belong to older revisions. */
  own: boolean;
  /** Milliseconds for a server that has to be started. */
  startTimeout: number;
  openLegacy(): Promise<Connection>;
}

/**
 * Opens the connection that serves everybody. A remote server is asked first whether it speaks 2026-07-28; one that has to be
 * started for that is initialized, and asked only if it refuses.
 * @throws whatever kept it from being opened in its era
 */
export async function chooseEra(choice: Choice): Promise<Connection> {
  const { link, allModern, remote, own, startTimeout, openLegacy } = choice;
  if (allModern || remote) {
    // One of an older revision may not answer at all.
    const modern = await link.get(allModern ? startTimeout : SERVERS.probeTimeout);
    if (modern !== undefined && (allModern || !own)) return modern;
  }
  try {
    return await openLegacy();
  } catch (error) {
    if (!(error instanceof InitializeRefusedError)) throw error;
    const modern = await link.get(startTimeout, { insist: true }).catch(() => undefined);
    if (modern === undefined) throw error;
    return modern;
  }
}
