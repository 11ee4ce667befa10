import { EventEmitter } from 'node:events';
import type { Call } from './call.ts';
import { Session } from './session.ts';

interface SessionsEvents {
  opened: [session: Session];
  closed: [session: Session];
  /** No call is in flight any more. */
  quiet: [];
}

/** The sessions of this node: opened, found, ended by the client, or expired for want of use. */
export class Sessions extends EventEmitter<SessionsEvents> {
  readonly #sessions = new Map<string, Session>();
  readonly #answerTimeout: number;
  readonly #now: () => number;
  #inFlight = 0;

  /** @param answerTimeout milliseconds that servers wait for a client's answer */
  constructor(answerTimeout: number, now: () => number = Date.now) {
    super();
    this.#answerTimeout = answerTimeout;
    this.#now = now;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Calls being served, those whose client has gone included. */
  get inFlight(): number {
    return this.#inFlight;
  }

  began(call: Call): void {
    this.#inFlight += 1;
    call.session.calls.set(call.id, call);
  }

  ended(call: Call): void {
    const { session, id } = call;
    this.#inFlight -= 1;
    // A client that uses an id twice must not lose the newer of its calls.
    if (session.calls.get(id) === call) session.calls.delete(id);
    if (this.#inFlight === 0) this.emit('quiet');
  }

  /** Resolves when no call is in flight, or after `deadline` milliseconds. */
  async quiet(deadline: number): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadline);
      this.once('quiet', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  open(options: { id: string; target: string; transport: Session['transport'] }): Session {
    const session = new Session({ ...options, now: this.#now(), answerTimeout: this.#answerTimeout });
    this.#sessions.set(session.id, session);
    this.emit('opened', session);
    return session;
  }

  /** The session, with its idle clock set back; a session answers only at the target that it was opened at. */
  find(id: string, target: string | undefined): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || (target !== undefined && session.target !== target)) return undefined;
    session.lastUsedAt = this.#now();
    return session;
  }

  close(session: Session, reason: string): void {
    if (!this.#sessions.delete(session.id)) return;
    session.close(reason);
    this.emit('closed', session);
  }

  /** Ends what nobody used for `idle` milliseconds and nobody listens to. */
  sweep(idle: number): void {
    for (const session of this.unusedFor(idle)) this.close(session, 'the session expired');
  }

  /** Sessions that had no request and no stream for this many milliseconds. */
  unusedFor(milliseconds: number): Session[] {
    const now = this.#now();
    const unused: Session[] = [];
    for (const session of this.#sessions.values()) {
      if (session.attached) session.lastUsedAt = now;
      else if (session.lastUsedAt < now - milliseconds) unused.push(session);
    }
    return unused;
  }
}
