import type { Session } from './session.ts';

/** A session moves to the young end at most this often, in milliseconds. */
const TOUCH_INTERVAL = 1_000;
/** After a look that found all in use, the next one comes no sooner than this, in milliseconds. */
const LOOK_INTERVAL = 100;

/** Sessions, the least recently used one first, each with the time of its last move; of performance.now(). */
interface Order {
  readonly sessions: Map<Session, number>;
  /** When the last look found all of them in use. */
  vainAt: number;
}

/** Who used which session last, among all and among those of each account, so that the least recently used one can give way. */
export class UseOrder {
  readonly #all = newOrder();
  readonly #byAccount = new Map<string, Order>();

  add(session: Session): void {
    const { account } = session;
    const own = this.#byAccount.get(account) ?? newOrder();
    const now = performance.now();
    this.#all.sessions.set(session, now);
    own.sessions.set(session, now);
    this.#byAccount.set(account, own);
  }

  /** The session is used. */
  touch(session: Session): void {
    const movedAt = this.#all.sessions.get(session);
    if (movedAt === undefined || performance.now() - movedAt < TOUCH_INTERVAL) return;
    this.delete(session);
    this.add(session);
  }

  delete(session: Session): void {
    this.#all.sessions.delete(session);
    const own = this.#byAccount.get(session.account);
    own?.sessions.delete(session);
    if (own?.sessions.size === 0) this.#byAccount.delete(session.account);
  }

  /** How many sessions an account has. */
  countOf(account: string): number {
    return this.#byAccount.get(account)?.sessions.size ?? 0;
  }

  /**
   * The session that was not used for longest and is not in use. Those in use become the youngest, so that each is looked at
   * once and not at every call.
   * @param account whose sessions are looked at; undefined for those of all
   */
  oldestUnused(isInUse: (session: Session) => boolean, account?: string): Session | undefined {
    const order = account === undefined ? this.#all : this.#byAccount.get(account);
    const now = performance.now();
    if (order === undefined || now - order.vainAt < LOOK_INTERVAL) return undefined;
    let left = order.sessions.size;
    for (const session of order.sessions.keys()) {
      if (!isInUse(session)) return session;
      order.sessions.delete(session);
      order.sessions.set(session, now);
      if (--left === 0) break;
    }
    order.vainAt = now;
    return undefined;
  }
}

function newOrder(): Order {
  return { sessions: new Map(), vainAt: Number.NEGATIVE_INFINITY };
}
