import { CallFailed } from './call-error.ts';
import type { CallError } from './ledger.ts';
import { type Origin, origin, type Speaker } from './watched-fetch.ts';

/** Milliseconds in which an answer may still be handed over after the stream that should bring it has ended. */
const HANDOVER = 250;

/** Ends a call of an SDK client that the SDK itself would let wait until its own time limit. */
export class CallWatch {
  readonly #origin: Origin;
  readonly #failure = Promise.withResolvers<never>();
  #accepted = false;

  constructor(speaker: Speaker) {
    const accepted = () => {
      // Opening takes several messages, of which the last one is not answered.
      this.#accepted = speaker.state !== 'opening';
    };
    this.#origin = { speaker, accepted, answerEnded: (why) => this.#fail(why) };
    // The call may be over by then, and nobody listen any more.
    this.#failure.promise.catch(() => {});
  }

  /** The stream of an HTTP+SSE session has ended, and with it the session. */
  streamEnded(why: CallError): void {
    this.#fail(this.#accepted ? why : { ...why, racing: true });
  }

  /**
   * Makes the call.
   * @param signal gives it up; its reason is thrown
   */
  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const abort = () => this.#failure.reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const running = origin.run(this.#origin, call);
    running.catch(() => {});
    try {
      return await Promise.race([running, this.#failure.promise]);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #fail(why: CallError): void {
    setTimeout(() => this.#failure.reject(new CallFailed(why)), HANDOVER);
  }
}
