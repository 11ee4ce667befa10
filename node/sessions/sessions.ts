import { EventEmitter } from 'node:events';
import { Graves } from '../../cluster/graves.ts';
import { sessionKey } from '../../cluster/inner-id.ts';
import { idKey } from '../../mcp/jsonrpc.ts';
import { AdoptedSessions } from './adopted.ts';
import type { Call } from './call.ts';
import { Session, type SessionFacts } from './session.ts';
import { UseOrder } from './use-order.ts';

interface SessionsEvents {
  opened: [session: Session];
  closed: [session: Session];
  /** No call is in flight any more. */
  quiet: [];
  /** An HTTP+SSE session has its stream. */
  attached: [session: Session];
  /** Coordinators want to hear of sessions that were adopted, or are not held any more. */
  news: [];
}

/** The sessions of this node: opened, found, ended by the client, or expired for want of use. */
export class Sessions extends EventEmitter<SessionsEvents> {
  /** Sessions that no node may re-create. */
  readonly graves = new Graves();
  readonly order = new UseOrder();
  readonly adopted = new AdoptedSessions();
  readonly #sessions = new Map<string, Session>();
  /** Released, with calls still in flight. */
  readonly #leaving = new Set<Session>();
  /** HTTP+SSE sessions that are to end with their calls. */
  readonly #retiring = new Set<Session>();
  readonly #answerTimeout: number;
  #inFlight = 0;

  /** @param answerTimeout milliseconds that servers wait for a client's answer */
  constructor(answerTimeout: number) {
    super();
    // Requests that came before the streams of their sessions.
    this.setMaxListeners(0);
    this.#answerTimeout = answerTimeout;
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
    const { caller, id, method } = call;
    if (!(caller instanceof Session)) return;
    caller.calls.set(idKey(id), call);
    // What a re-created session's client said before is not known here; it asks for something only after that.
    if (caller.recreated && method !== 'ping' && method !== 'initialize') caller.initialized = true;
  }

  ended(call: Call): void {
    const { caller, id } = call;
    this.#inFlight -= 1;
    if (caller instanceof Session) {
      // A client that uses an id twice must not lose the newer of its calls.
      if (caller.calls.get(idKey(id)) === call) caller.calls.delete(idKey(id));
      this.#settleIfQuiet(caller);
    }
    if (this.#inFlight === 0) this.emit('quiet');
  }

  /**
   * Resolves when no call is in flight and no session is left that cannot go on elsewhere, or after `deadline` milliseconds.
   * @param stays whether a session cannot go on elsewhere
   */
  async finished(stays: (session: Session) => boolean, deadline: number): Promise<void> {
    const isFinished = () => this.#inFlight === 0 && ![...this.#sessions.values()].some(stays);
    if (isFinished()) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.off('quiet', look);
        this.off('closed', look);
        resolve();
      };
      const look = () => isFinished() && done();
      const timer = setTimeout(done, deadline);
      this.on('quiet', look);
      this.on('closed', look);
    });
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  open(facts: SessionFacts): Session {
    const session = new Session({ ...facts, answerTimeout: this.#answerTimeout });
    this.#sessions.set(session.id, session);
    this.order.add(session);
    if (session.epoch > 0) this.#claim(session);
    this.emit('opened', session);
    return session;
  }

  /** A coordinator knows of a later adoption by this node than the session does. */
  raiseEpoch(session: Session, epoch: number): void {
    if (epoch <= session.epoch) return;
    session.epoch = epoch;
    this.#claim(session);
  }

  #claim(session: Session): void {
    this.adopted.hold(session);
    this.emit('news');
  }

  /** The session, with its idle clock set back; a session answers only at the target that it was opened at. */
  find(id: string, target: string | undefined): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || (target !== undefined && session.target !== target)) return undefined;
    session.lastUsedAt = performance.now();
    session.heardAt = session.lastUsedAt;
    this.order.touch(session);
    return session;
  }

  close(session: Session, reason: string): void {
    if (!this.#remove(session)) return;
    session.close(reason);
    this.emit('closed', session);
  }

  /** Ends the session because its client wants that: no node may re-create it. */
  bury(session: Session, reason: string): void {
    this.buryKey(sessionKey(session.id));
    this.close(session, reason);
  }

  /** The same for a session that is not in memory. @returns whether it was not over already */
  buryKey(key: string): boolean {
    const isNew = this.graves.add(key);
    if (isNew) this.emit('news');
    return isNew;
  }

  /** Sessions that ended elsewhere; copies of them end as well. */
  learnGraves(keys: readonly string[]): void {
    for (const key of keys) this.graves.add(key);
    for (const session of this.#withKeys(keys)) this.close(session, 'the client ended the session');
  }

  /** Sessions that go on at other nodes. */
  forsake(keys: readonly string[]): void {
    for (const session of this.#withKeys(keys)) this.release(session);
  }

  /** The node ends: streams end, so that they go on at another node; the stream of HTTP+SSE when its calls have ended. */
  endStreams(session: Session): void {
    if (session.transport === 'streamable-http') session.endStreams();
    else if (session.calls.size === 0) this.close(session, 'the node ends');
    else this.#retiring.add(session);
  }

  /**
   * The client is gone as far as anybody can tell. Its streams end; if it is there after all, it opens them again. The session of
   * HTTP+SSE is its stream, which must not go on elsewhere.
   */
  leave(session: Session): void {
    if (session.transport === 'sse') this.bury(session, 'the client does not answer any more');
    else session.endStreams();
  }

  /** The session goes on at another node: it is not found here any more, but calls in flight may finish. */
  release(session: Session): void {
    if (!this.#remove(session)) return;
    session.endStreams();
    this.#leaving.add(session);
    this.#endIfQuiet(session);
  }

  /** How many sessions in use each principal has that had to say who it is. */
  countByPrincipal(isInUse: (session: Session) => boolean): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const session of this.#sessions.values()) {
      const { principal } = session;
      if (principal !== '' && isInUse(session)) counts[principal] = (counts[principal] ?? 0) + 1;
    }
    return counts;
  }

  /** A session that waited for the end of its calls ends. */
  #settleIfQuiet(session: Session): void {
    if (this.#leaving.size > 0) this.#endIfQuiet(session);
    if (session.calls.size > 0 || !this.#retiring.delete(session)) return;
    // After the answer of this call, which is yet to be written.
    setImmediate(() => this.endStreams(session));
  }

  #withKeys(keys: readonly string[]): Session[] {
    if (keys.length === 0) return [];
    const wanted = new Set(keys);
    return [...this.#sessions.values()].filter(({ id }) => wanted.has(sessionKey(id)));
  }

  #remove(session: Session): boolean {
    if (!this.#sessions.delete(session.id)) return false;
    this.order.delete(session);
    if (this.adopted.drop(session)) this.emit('news');
    return true;
  }

  #endIfQuiet(session: Session): void {
    if (session.calls.size > 0 || !this.#leaving.delete(session)) return;
    session.close('the session goes on at another node');
    this.emit('closed', session);
  }

  /**
   * Frees what nobody used for `idle` milliseconds and nobody listens to, which the next request re-creates, and ends what is
   * older than `maxAge`, which nothing does.
   */
  sweep(idle: number, maxAge: number): void {
    for (const session of this.unusedFor(idle)) this.close(session, 'the session expired');
    const oldest = Date.now() - maxAge;
    for (const session of [...this.#sessions.values()]) {
      if (session.createdAt < oldest) this.close(session, 'the session is too old');
    }
  }

  /** Sessions that had no request and no stream for this many milliseconds. */
  unusedFor(milliseconds: number): Session[] {
    const now = performance.now();
    const unused: Session[] = [];
    for (const session of this.#sessions.values()) {
      if (session.attached) session.lastUsedAt = now;
      else if (session.lastUsedAt < now - milliseconds) unused.push(session);
    }
    return unused;
  }
}
