import { CONFIG } from '../config.ts';
import type { Connection } from '../servers/connection.ts';
import type { Caller } from '../sessions/caller.ts';
import type { HeldCall } from './held-call.ts';

/**
 * What a process of modern requests knows of roots. A server of an older revision asks for them beside any call, when it begins or hears
 * that they have changed; here it can be answered only while a call is under way.
 */
export class ProcessRoots {
  #connection: Connection | undefined;
  /** What stood for them when the process was last told. */
  #told: string | undefined;
  #asks = false;
  #askedInVain = false;

  /** The process asks for them. @param held whether there is a call whose client can be asked */
  asked(held: boolean): void {
    this.#asks = true;
    this.#askedInVain = !held;
  }

  /**
   * Gives the process the time to ask the client of a call for its roots, where it may have others, or none: what the call does may
   * depend on them. It asks before it answers a `ping` that comes behind.
   */
  async tell(connection: Connection, held: HeldCall, { client, roots, stateId }: Caller): Promise<void> {
    const isNew = connection !== this.#connection;
    if (isNew) this.#connection = connection;
    const told = this.#told;
    this.#told = roots;
    if (client?.capabilities.roots === undefined) return;
    // Of requests that nothing ties together each may be another client's.
    const areOthers = roots !== told || (stateId === undefined && this.#asks);
    const mustHear = this.#askedInVain || (!isNew && areOthers);
    if (!isNew && !mustHear) return;
    this.#askedInVain = false;
    if (mustHear) connection.notify('notifications/roots/list_changed');
    await connection.request('ping', undefined, { timeout: CONFIG.rootsPatience });
    await held.whenAnswered();
  }
}
