import { quantile, sorted } from '../../bench/statistics.ts';
import { FAULTS, type FaultKind } from './fault.ts';
import { causeOf, endOf, type History } from './invariants.ts';
import type { CallRecord, ErrorKind, FaultRecord } from './ledger.ts';

export interface FaultRow {
  kind: FaultKind;
  count: number;
  /** Calls that were under way when it came, summed up. */
  inFlight: number;
  /** Of calls that were under way while it lasted. */
  errors: Partial<Record<ErrorKind, number>>;
  /** Those of them that nothing explains. */
  violations: number;
  streamEnds: number;
  /** Milliseconds. */
  longestGap: number;
}

export interface Totals {
  calls: number;
  answers: number;
  errors: Partial<Record<ErrorKind, number>>;
  /** Calls that failed and may have, as the faults meanwhile explain. */
  explained: number;
  /** Milliseconds, without what the calls themselves ask for. */
  p50: number;
  p99: number;
  longestGap: Gap | undefined;
}

/** A time in which a session waited for an answer: over one call, or over several of which only the last was answered. */
export interface Gap {
  session: string;
  from: number;
  to: number;
  /** Milliseconds, without pauses and without what the calls themselves ask for. */
  waited: number;
}

/** Steps of a session that are no calls of its user. */
const STEPS = new Set(['open', 'stream', 'close']);

/** One gap for each answered call. Calls that were under way at the same time do not make it longer. */
export function gapsOf(calls: readonly CallRecord[]): Gap[] {
  const sessions = Map.groupBy(calls, ({ session }) => session);
  return [...sessions].flatMap(([session, own]) => {
    const gaps: Gap[] = [];
    let from: number | undefined;
    let waited = 0;
    let counted = 0;
    for (const call of own.toSorted((a, b) => a.to - b.to)) {
      if (call.work === 'stream' || call.work === 'close') continue;
      from ??= call.from;
      waited += call.to - Math.max(call.from, counted);
      counted = call.to;
      if (call.error !== undefined || call.work === 'open') continue;
      gaps.push({ session, from, to: call.to, waited: Math.max(0, waited - call.asked) });
      from = undefined;
      waited = 0;
    }
    return gaps;
  });
}

/** A row for each kind of fault that happened, in the order in which they are documented. */
export function faultRows(history: History): FaultRow[] {
  const gaps = gapsOf(history.calls);
  return FAULTS.flatMap((kind) => {
    const faults = history.faults.filter((fault) => fault.kind === kind);
    return faults.length === 0 ? [] : [faultRow(kind, faults, history, gaps)];
  });
}

function faultRow(kind: FaultKind, faults: FaultRecord[], history: History, gaps: readonly Gap[]): FaultRow {
  const during = ({ from, to }: { from: number; to: number }) =>
    faults.some((fault) => from <= endOf(fault) && to >= fault.from);
  const failed = history.calls.filter((call) => call.error !== undefined && during(call));
  const underWay = faults.map(
    ({ from }) => history.calls.filter((call) => call.from <= from && call.to >= from).length,
  );
  return {
    kind,
    count: faults.length,
    inFlight: underWay.reduce((sum, count) => sum + count, 0),
    errors: countErrors(failed),
    violations: failed.filter((call) => causeOf(call, history) === undefined).length,
    streamEnds: history.streamEnds.filter(({ at }) => during({ from: at, to: at })).length,
    longestGap: longest(gaps.filter(during))?.waited ?? 0,
  };
}

/** What all sessions together saw. */
export function totalsOf(history: History): Totals {
  const calls = history.calls.filter(({ work }) => !STEPS.has(work));
  const failed = history.calls.filter(({ error }) => error !== undefined);
  const answered = calls.filter(({ error }) => error === undefined);
  const times = sorted(answered.map(({ from, to, asked }) => to - from - asked));
  return {
    calls: calls.length,
    answers: answered.length,
    errors: countErrors(failed),
    explained: failed.filter((call) => causeOf(call, history) !== undefined).length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    longestGap: longest(gapsOf(history.calls)),
  };
}

function countErrors(failed: readonly CallRecord[]): Partial<Record<ErrorKind, number>> {
  const counts: Partial<Record<ErrorKind, number>> = {};
  for (const { error } of failed) if (error !== undefined) counts[error.kind] = (counts[error.kind] ?? 0) + 1;
  return counts;
}

function longest(gaps: readonly Gap[]): Gap | undefined {
  return gaps.reduce<Gap | undefined>((most, gap) => (gap.waited > (most?.waited ?? 0) ? gap : most), undefined);
}
