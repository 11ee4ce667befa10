import { setTimeout as pause } from 'node:timers/promises';
import { CallFailed, callErrorOf } from './call-error.ts';
import type { Connection } from './connection.ts';
import type { CallRecord, ClientKind, Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import { drawWork, type Work } from './work.ts';

/** Clearly above the longest time that a frozen node and a call may take together, in milliseconds. */
export const CALL_DEADLINE = 20_000;
/** A client that cannot open a session tries again after so long. */
const RETRY = 500;
/** A client that got so many errors one after the other gives its session up. */
const PATIENCE = 3;
const PAUSE = [200, 1_200] as const;
/** Calls until a client ends its session and opens another one. */
const LIFE = [20, 80] as const;
/** One turn in so many is two calls at the same time. */
const PAIRS = 5;

export interface SessionOptions {
  name: string;
  client: ClientKind;
  random: Random;
  ledger: Ledger;
  stopped: AbortSignal;
  open: () => Promise<Connection>;
}

/**
 * A client that knows nothing of failures: it opens a session, makes calls with pauses between them, and ends it, over and
 * over. Only where its session is gone for good does it open another one before its time.
 */
export class ChaosSession {
  readonly #options: SessionOptions;
  #count = 0;
  #failures = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Goes on until it is stopped; then it has ended its session. */
  async run(): Promise<void> {
    const { stopped, random } = this.#options;
    while (!stopped.aborted) {
      const calls = random.between(...LIFE);
      const connection = await this.#open();
      if (connection === undefined) await this.#rest(RETRY);
      else await this.#use(connection, calls);
    }
  }

  async #open(): Promise<Connection | undefined> {
    const { ledger, open } = this.#options;
    let connection: Connection | undefined;
    const opened = open();
    const failed = await this.#record({ work: 'open' }, async (signal) => {
      connection = await Promise.race([opened, givenUp(signal)]);
      return undefined;
    });
    if (failed.error === undefined) ledger.sessions += 1;
    // One that comes after all is not wanted any more.
    else opened.then((late) => late.abandon()).catch(() => {});
    return connection;
  }

  async #use(connection: Connection, calls: number): Promise<void> {
    const { stopped, random } = this.#options;
    this.#failures = 0;
    for (let left = calls; left > 0 && !stopped.aborted; left--) {
      await this.#rest(random.between(...PAUSE));
      if (connection.lost !== undefined) return connection.abandon().catch(() => {});
      const works = this.#draw(random.between(1, PAIRS) === 1 ? 2 : 1);
      const records = await Promise.all(works.map((work) => this.#call(connection, work)));
      if (this.#isGivenUp(records)) return connection.abandon().catch(() => {});
    }
    const closed = await this.#record({ work: 'close' }, () => connection.close().then(() => undefined));
    if (closed.error !== undefined) await connection.abandon().catch(() => {});
  }

  #draw(count: number): Work[] {
    return Array.from({ length: count }, () => {
      this.#count += 1;
      return drawWork(this.#options.random, `${this.#options.name}#${this.#count}`);
    });
  }

  #call(connection: Connection, work: Work): Promise<CallRecord> {
    const { kind, ms, bytes } = work;
    return this.#record({ work: kind, asked: ms, bytes }, (signal) => connection.run(work, signal));
  }

  /** Whether a client would give the session up after these. */
  #isGivenUp(records: readonly CallRecord[]): boolean {
    const failures = records.filter(({ error }) => error !== undefined);
    this.#failures = failures.length === 0 ? 0 : this.#failures + 1;
    return this.#failures >= PATIENCE || failures.some(({ error }) => error?.kind === 'session-gone');
  }

  async #record(
    what: { work: string; asked?: number; bytes?: number },
    act: (signal: AbortSignal) => Promise<string | undefined>,
  ): Promise<CallRecord> {
    const { name, client, ledger } = this.#options;
    const end = ledger.begin({ session: name, client, asked: 0, bytes: 0, ...what });
    const deadline = new AbortController();
    const late = { kind: 'unanswered', detail: `nothing within ${CALL_DEADLINE / 1000} s` } as const;
    const timer = setTimeout(() => deadline.abort(new CallFailed(late)), CALL_DEADLINE);
    try {
      const wrong = await act(deadline.signal);
      return end(wrong === undefined ? undefined : { kind: 'wrong-answer', detail: wrong });
    } catch (error) {
      return end(callErrorOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  async #rest(milliseconds: number): Promise<void> {
    await pause(milliseconds, undefined, { signal: this.#options.stopped }).catch(() => {});
  }
}

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
