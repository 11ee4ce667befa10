import { FAULT_SPECS } from './fault.ts';
import type { CallRecord, FaultRecord, StreamEnd } from './ledger.ts';

export interface Violation {
  rule:
    | 'a right answer to each call'
    | 'an answer or an error to each call'
    | 'no error without a cause'
    | 'no end of a stream without a cause'
    | 'members come back, and end when and as they should'
    | 'no process is left behind'
    | 'memory stays flat'
    | 'descriptors stay flat';
  /** What violations of one cause have in common. */
  sort?: string;
  /** What happened, for people. */
  what: string;
}

export interface History {
  calls: readonly CallRecord[];
  streamEnds: readonly StreamEnd[];
  faults: readonly FaultRecord[];
}

/** An answer of more bytes than this may be under way in several pieces, so that a lost node cuts it off. */
const PIECE = 16 * 1024;
/** Until the end of an HTTP+SSE stream is known everywhere, in milliseconds. */
const END_KNOWN = 250;

/** Whether the fault came while the call was under way, and before it could not come to harm any more. */
function meets(call: CallRecord, fault: FaultRecord): boolean {
  return call.from <= fault.harmless && call.to >= fault.from;
}

/**
 * The fault that explains the error of a call. A call may be lost with the node or the coordinator that it was in flight at;
 * everything else must not be noticed.
 */
export function causeOf(call: CallRecord, history: History): FaultRecord | undefined {
  const { error } = call;
  if (error === undefined) return undefined;
  const harmful = history.faults.filter((fault) => FAULT_SPECS[fault.kind].harms && meets(call, fault));
  const cause = harmful.find((fault) => explains(fault, call));
  if (cause !== undefined || call.client !== 'sdk-v1-sse') return cause;
  return sseRace(call, history);
}

function explains({ kind, member }: FaultRecord, { error, bytes, client }: CallRecord): boolean {
  if (FAULT_SPECS[kind].on === 'coordinator') {
    // It had the stream of an HTTP+SSE session, which ended with it.
    return error?.kind === 'network' || (client === 'sdk-v1-sse' && error?.kind === 'stream-ended');
  }
  if (error?.kind === 'node-lost') return error.node === member;
  return error?.kind === 'network' && bytes > PIECE;
}

/** HTTP+SSE cannot do without: its session is its stream, and a message may be on its way just as that ends. */
function sseRace({ session, error, from, to }: CallRecord, { streamEnds, faults }: History): FaultRecord | undefined {
  const untaken = error?.kind === 'session-gone' || error?.kind === 'refused' || error?.racing === true;
  const end = streamEnds.find(
    (one) => one.session === session && one.at >= from - END_KNOWN && one.at <= to + END_KNOWN,
  );
  return untaken && end !== undefined ? causeOfEnd(end, faults) : undefined;
}

/** The fault that explains the end of a stream. */
export function causeOfEnd({ at }: StreamEnd, faults: readonly FaultRecord[]): FaultRecord | undefined {
  return faults.find((fault) => FAULT_SPECS[fault.kind].endsStreams && fault.from <= at && at <= endOf(fault));
}

/** When a fault is over for clients too; a reset connection makes itself felt a little later. */
export function endOf({ recovered, harmless }: FaultRecord): number {
  return Math.max(recovered ?? Number.POSITIVE_INFINITY, harmless);
}

const RULE_OF = {
  'wrong-answer': 'a right answer to each call',
  unanswered: 'an answer or an error to each call',
} as const;

/** What clients saw and should not have seen. */
export function judge(history: History): Violation[] {
  const wrongCalls = history.calls.filter((call) => call.error !== undefined && causeOf(call, history) === undefined);
  const wrongEnds = history.streamEnds.filter((end) => !end.opening && causeOfEnd(end, history.faults) === undefined);
  return [
    ...wrongCalls.map((call): Violation => {
      const kind = call.error?.kind as keyof typeof RULE_OF;
      const what = describeCall(call, history.faults);
      return { rule: RULE_OF[kind] ?? 'no error without a cause', sort: sortOf(call), what };
    }),
    ...wrongEnds.map(
      (end): Violation => ({
        rule: 'no end of a stream without a cause',
        what: `${end.session} (${end.client}) at ${seconds(end.at)}; ${describeFaults(end.at, end.at, history.faults)}`,
      }),
    ),
  ];
}

/** The kind of the error with the code that the hub gave it, if it did. */
function sortOf({ error, work }: CallRecord): string {
  const code = /MCPHUB_\w+/.exec(error?.detail ?? '')?.[0];
  const step = work === 'open' || work === 'stream' || work === 'close' ? ` at ${work}` : '';
  return `${error?.kind}${code === undefined ? '' : ` ${code}`}${step}`;
}

function describeCall(call: CallRecord, faults: readonly FaultRecord[]): string {
  const { session, client, work, from, to, error } = call;
  const when = `${seconds(from)} to ${seconds(to)}`;
  return `${session} (${client}) ${work} from ${when}: ${error?.kind}: ${error?.detail}; ${describeFaults(from, to, faults)}`;
}

/** What was going on then. */
function describeFaults(from: number, to: number, faults: readonly FaultRecord[]): string {
  const meanwhile = faults.filter((fault) => fault.from <= to && endOf(fault) >= from);
  if (meanwhile.length === 0) return 'no fault meanwhile';
  return meanwhile.map(({ kind, member, from: since }) => `${kind} of ${member} since ${seconds(since)}`).join(', ');
}

function seconds(at: number): string {
  return `${(at / 1000).toFixed(3)} s`;
}
