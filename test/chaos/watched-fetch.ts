import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, type Dispatcher, fetch as undiciFetch } from 'undici';
import { callErrorOf } from './call-error.ts';
import type { CallError, ClientKind, Ledger } from './ledger.ts';

/** A stream whose head has not come after so many milliseconds counts as one without an answer. */
const DEADLINE = 20_000;

/** A session, as its streams know it. */
export interface Speaker {
  readonly session: string;
  readonly client: ClientKind;
  /** Its client ends its streams in the state `over`; in others, nothing may end them without a cause. */
  state: 'opening' | 'open' | 'over';
}

/** On whose behalf a request is made. */
export interface Origin {
  readonly speaker: Speaker;
  /** Is told when a message has been taken, and will be answered elsewhere. */
  readonly accepted?: () => void;
  /** Is told when the stream of an answer ends; the SDK would let the call wait on until its own time limit. */
  readonly answerEnded?: (why: CallError) => void;
}

/** Everything that runs within `origin.run(...)` makes its requests on behalf of that origin. */
export const origin = new AsyncLocalStorage<Origin>();

/** The `fetch` of clients that say nothing of their streams: what becomes of those goes into the ledger. */
export class WatchedFetch {
  readonly #ledger: Ledger;
  readonly #agent: Agent;
  readonly #waiting = new Set<WatchedStream>();
  readonly fetch: typeof fetch;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    const watched = this.#agent.compose((dispatch) => (options, handler) => {
      const asker = origin.getStore();
      return dispatch(options, asker === undefined ? handler : this.#watch(options, handler, asker));
    });
    // The one of the package and the one of Node differ in their types only.
    const own = (input: unknown, init: object) => undiciFetch(input as string, { ...init, dispatcher: watched });
    this.fetch = own as unknown as typeof fetch;
  }

  async close(): Promise<void> {
    for (const stream of this.#waiting) stream.giveUp();
    await this.#agent.destroy();
  }

  #watch(
    { method }: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    asker: Origin,
  ): Dispatcher.DispatchHandler {
    if (method !== 'GET') return new WatchedAnswer(handler, asker);
    const stream = new WatchedStream(handler, asker.speaker, this.#ledger, () => this.#waiting.delete(stream));
    this.#waiting.add(stream);
    return stream;
  }
}

type Handler = Dispatcher.DispatchHandler;
type Of<K extends keyof Handler> = Parameters<NonNullable<Handler[K]>>;

/** Passes everything on. */
class Watch implements Dispatcher.DispatchHandler {
  readonly #handler: Handler;

  constructor(handler: Handler) {
    this.#handler = handler;
  }

  onRequestStart(...args: Of<'onRequestStart'>): void {
    this.#handler.onRequestStart?.(...args);
  }

  onResponseStart(...args: Of<'onResponseStart'>): void {
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(...args: Of<'onResponseData'>): void {
    this.#handler.onResponseData?.(...args);
  }

  onResponseEnd(...args: Of<'onResponseEnd'>): void {
    this.#handler.onResponseEnd?.(...args);
  }

  onResponseError(...args: Of<'onResponseError'>): void {
    this.#handler.onResponseError?.(...args);
  }
}

/** A GET: whether the stream comes about, and when it ends. */
class WatchedStream extends Watch {
  readonly #speaker: Speaker;
  readonly #ledger: Ledger;
  readonly #settled: () => void;
  readonly #from = performance.now();
  #state: 'waiting' | 'open' | 'over' = 'waiting';

  constructor(handler: Handler, speaker: Speaker, ledger: Ledger, settled: () => void) {
    super(handler);
    this.#speaker = speaker;
    this.#ledger = ledger;
    this.#settled = settled;
  }

  override onResponseStart(...args: Of<'onResponseStart'>): void {
    const status = args[1];
    if (status === 200) this.#settle();
    // It was on its way when its client ended the session.
    else if (this.#speaker.state === 'over') this.#drop();
    else this.#settle(callErrorOf(new Error(status === 404 ? 'Session not found' : `HTTP ${status}`)));
    super.onResponseStart(...args);
  }

  override onResponseEnd(...args: Of<'onResponseEnd'>): void {
    this.#end();
    super.onResponseEnd(...args);
  }

  override onResponseError(...args: Of<'onResponseError'>): void {
    const error = args[1];
    if (isOurs(error)) this.#drop();
    else if (this.#state === 'waiting') this.#settle(callErrorOf(error));
    else this.#end();
    super.onResponseError(...args);
  }

  /** The run is over. */
  giveUp(): void {
    const waited = performance.now() - this.#from;
    if (waited < DEADLINE) this.#drop();
    else this.#settle({ kind: 'unanswered', detail: `no head of the stream after ${Math.round(waited)} ms` });
  }

  #settle(error?: CallError): void {
    this.#state = error === undefined ? 'open' : 'over';
    this.#settled();
    const { session, client } = this.#speaker;
    const record = { session, client, work: 'stream', from: this.#from, to: performance.now(), asked: 0, bytes: 0 };
    this.#ledger.calls.push({ ...record, ...(error === undefined ? {} : { error }) });
  }

  #end(): void {
    const { session, client, state } = this.#speaker;
    if (this.#state === 'open' && state !== 'over') {
      const end = { session, client, at: performance.now() };
      this.#ledger.streamEnds.push(state === 'opening' ? { ...end, opening: true } : end);
    }
    this.#state = 'over';
  }

  #drop(): void {
    this.#state = 'over';
    this.#settled();
  }
}

/** A POST, whose answer may be a stream, or come on another one. */
class WatchedAnswer extends Watch {
  readonly #asker: Origin;
  #stream = false;

  constructor(handler: Handler, asker: Origin) {
    super(handler);
    this.#asker = asker;
  }

  override onResponseStart(...args: Of<'onResponseStart'>): void {
    this.#stream = String(args[2]['content-type']).startsWith('text/event-stream');
    if (args[1] === 202) this.#asker.accepted?.();
    super.onResponseStart(...args);
  }

  override onResponseEnd(...args: Of<'onResponseEnd'>): void {
    super.onResponseEnd(...args);
    if (this.#stream) this.#asker.answerEnded?.({ kind: 'unanswered', detail: 'the stream ended without the answer' });
  }

  override onResponseError(...args: Of<'onResponseError'>): void {
    super.onResponseError(...args);
    if (this.#stream && !isOurs(args[1])) this.#asker.answerEnded?.(callErrorOf(args[1]));
  }
}

/** The client itself ended the request. */
function isOurs(error: Error): boolean {
  return error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'UND_ERR_ABORTED';
}
