import type { FaultKind } from './fault.ts';

/** How a session speaks; `raw-spread` sends each request to another coordinator. */
export const CLIENTS = ['sdk-v1', 'sdk-v2', 'raw', 'raw-spread', 'sdk-v1-sse'] as const;
export type ClientKind = (typeof CLIENTS)[number];

export const ERROR_KINDS = [
  /** The hub says that the node was lost during the call. */
  'node-lost',
  /** The connection broke, or did not come about. */
  'network',
  /** The hub does not know the session. */
  'session-gone',
  /** The stream of an HTTP+SSE session ended under the call, and with it the session. */
  'stream-ended',
  /** Another error of the hub, or of a server. */
  'refused',
  /** No answer and no error: within the deadline, or at the end of the answer's stream. */
  'unanswered',
  /** An answer or a piece of progress that belongs to another call, or is not what was asked for. */
  'wrong-answer',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface CallError {
  kind: ErrorKind;
  /** What came, for people. */
  detail: string;
  /** The node that was lost, as the error says. */
  node?: string | undefined;
  /** With HTTP+SSE: the hub had not taken the message yet when the stream ended. */
  racing?: boolean;
}

/** One call, or another step of a session that must succeed: `open`, `stream` (its GET stream), `close`. */
export interface CallRecord {
  session: string;
  client: ClientKind;
  work: string;
  /** When it was made, and when its answer or error came, in milliseconds of `performance.now()`. */
  from: number;
  to: number;
  /** Milliseconds that the call itself asks for. */
  asked: number;
  /** Size of its question and of its answer. */
  bytes: number;
  /** Undefined when the right answer came. */
  error?: CallError | undefined;
}

/** The end of a stream that nobody at the client asked for. */
export interface StreamEnd {
  session: string;
  client: ClientKind;
  at: number;
  /** The session was just being opened. */
  opening?: boolean;
}

export interface FaultRecord {
  kind: FaultKind;
  member: string;
  /** Just before the signal. */
  from: number;
  /** From when on no call can come to harm by it any more. */
  harmless: number;
  /** When the member was as before; undefined if that did not come about. */
  recovered?: number | undefined;
}

/** Everything that clients saw, and that was done to the cluster. */
export class Ledger {
  readonly calls: CallRecord[] = [];
  readonly streamEnds: StreamEnd[] = [];
  readonly faults: FaultRecord[] = [];
  /** Sessions that were opened. */
  sessions = 0;
  readonly #open = new Set<symbol>();

  /** Calls that wait for their answers now. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Notes a call at its beginning. @returns what notes its end */
  begin(call: Omit<CallRecord, 'from' | 'to' | 'error'>): (error?: CallError) => CallRecord {
    const from = performance.now();
    const mark = Symbol();
    this.#open.add(mark);
    return (error) => {
      this.#open.delete(mark);
      const record = { ...call, from, to: performance.now(), ...(error === undefined ? {} : { error }) };
      this.calls.push(record);
      return record;
    };
  }

  /** Notes a fault at its beginning; it is completed as it goes on. */
  fault(kind: FaultKind, member: string): FaultRecord {
    const from = performance.now();
    const fault: FaultRecord = { kind, member, from, harmless: Number.POSITIVE_INFINITY };
    this.faults.push(fault);
    return fault;
  }
}
