import type { Hub } from '../hub.ts';
import type { Session } from './session.ts';

/** Pings in a row without any sign of life after which a client is gone. */
const MAX_UNANSWERED = 3;

/**
 * Finds out which clients are gone although their streams are open: a machine that lost its network closes nothing, and comments that
 * keep a stream open keep it from being found dead. Clients that listen and say nothing are pinged (specification: basic/utilities/ping);
 * whatever a client sends is a sign of life, also a late answer or an error.
 */
export class ClientPings {
  readonly #hub: Hub;
  #lookedAt = performance.now();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Pings those that have said nothing for the interval of the settings, and ends the streams of those that are gone. */
  look(now = performance.now()): void {
    const { settings, sessions, draining, timing } = this.#hub;
    const { clientPingInterval: interval } = settings.current.systemConfig.cluster.node;
    const sinceLast = now - this.#lookedAt;
    this.#lookedAt = now;
    // After a process stood still, what clients sent in the meantime is read first.
    if (interval === 0 || draining || sinceLast > timing.sweepInterval + interval / 2) return;
    for (const session of [...sessions.all()]) {
      if (session.streams > 0 && session.initialized) this.#ask(session, interval, now);
    }
  }

  #ask(session: Session, interval: number, now: number): void {
    const { heardAt, pinged } = session;
    if (now - Math.max(heardAt, pinged.at) < interval) return;
    const unanswered = heardAt >= pinged.at ? 0 : pinged.unanswered;
    if (unanswered < MAX_UNANSWERED) return session.ping(unanswered + 1, now);
    this.#hub.log.info({ target: session.target, unanswered }, 'A client does not answer any more; its streams end');
    this.#hub.sessions.leave(session);
  }
}
