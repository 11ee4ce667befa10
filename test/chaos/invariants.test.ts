import { expect } from 'chai';
import type { FaultKind } from './fault.ts';
import { judge } from './invariants.ts';
import type { CallRecord, ErrorKind, FaultRecord, StreamEnd } from './ledger.ts';
import { judgeResources } from './resources.ts';
import { faultRows, gapsOf, totalsOf } from './summary.ts';

/** A fault of `node-1` (or the coordinator) from 1000 on, which cannot harm after 1500 and is over at 3000. */
function fault(kind: FaultKind, changed: Partial<FaultRecord> = {}): FaultRecord {
  const member = kind.startsWith('coordinator') ? 'coordinator-1' : 'node-1';
  return { kind, member, from: 1_000, harmless: 1_500, recovered: 3_000, ...changed };
}

function call(from: number, to: number, changed: Partial<CallRecord> = {}): CallRecord {
  return { session: 's', client: 'sdk-v2', work: 'echo', from, to, asked: 0, bytes: 10, ...changed };
}

function failed(kind: ErrorKind, from: number, to: number, changed: Partial<CallRecord> & { node?: string } = {}) {
  const { node = 'node-1', ...rest } = changed;
  return call(from, to, { error: { kind, detail: `it was ${kind}`, node }, ...rest });
}

function violations(faults: FaultRecord[], calls: CallRecord[], streamEnds: StreamEnd[] = []): string[] {
  return judge({ calls, faults, streamEnds }).map(({ rule }) => rule);
}

const UNCAUSED = 'no error without a cause';

describe('the verdict on a run', () => {
  it('finds nothing wrong with answers, nor with calls that were lost with their node or coordinator', () => {
    const faults = [fault('kill'), fault('freeze', { member: 'node-2' }), fault('coordinator-kill')];
    const calls = [
      call(0, 500),
      call(900, 2_000),
      failed('node-lost', 900, 1_100),
      failed('node-lost', 1_200, 2_900, { node: 'node-2' }),
      failed('network', 900, 1_050),
      failed('network', 900, 1_050, { bytes: 100_000 }),
    ];
    expect(violations(faults, calls)).to.eql([]);
  });

  it('does not excuse an error by a fault that does not harm', () => {
    for (const kind of ['drain', 'reload', 'slow', 'coordinator-restart'] as const) {
      expect(violations([fault(kind)], [failed('node-lost', 900, 1_100)]), kind).to.eql([UNCAUSED]);
      expect(violations([fault(kind)], [failed('network', 900, 1_100)]), kind).to.eql([UNCAUSED]);
    }
    expect(violations([], [failed('node-lost', 900, 1_100)])).to.eql([UNCAUSED]);
  });

  it('does not excuse an error before or after the harm, or of another node', () => {
    expect(violations([fault('kill')], [failed('node-lost', 800, 999)])).to.eql([UNCAUSED]);
    expect(violations([fault('kill')], [failed('node-lost', 1_501, 1_600)])).to.eql([UNCAUSED]);
    expect(violations([fault('kill')], [failed('node-lost', 900, 1_100, { node: 'node-2' })])).to.eql([UNCAUSED]);
  });

  it('does not take any error for the one that says that the node was lost', () => {
    for (const kind of ['network', 'session-gone', 'stream-ended', 'refused'] as const) {
      expect(violations([fault('kill')], [failed(kind, 900, 1_100)]), kind).to.eql([UNCAUSED]);
    }
    for (const kind of ['node-lost', 'session-gone', 'refused'] as const) {
      expect(violations([fault('coordinator-kill')], [failed(kind, 900, 1_100)]), kind).to.eql([UNCAUSED]);
    }
  });

  it('never excuses silence, nor the answer of another', () => {
    const faults = [fault('kill'), fault('freeze'), fault('reset'), fault('coordinator-kill')];
    const calls = [failed('unanswered', 900, 20_900), failed('wrong-answer', 900, 1_100)];
    expect(violations(faults, calls)).to.eql(['an answer or an error to each call', 'a right answer to each call']);
  });

  it('excuses what HTTP+SSE cannot do without: a message that is posted as the stream ends', () => {
    const sse = { client: 'sdk-v1-sse' } as const;
    const end = { session: 's', client: 'sdk-v1-sse', at: 2_000 } as const;
    const during = (kind: ErrorKind, from: number, changed: Partial<CallRecord> = sse) =>
      violations([fault('drain')], [failed(kind, from, from + 20, changed)], [end]);
    expect(during('session-gone', 1_990)).to.eql([]);
    expect(during('session-gone', 2_500)).to.eql([UNCAUSED]);
    expect(during('session-gone', 1_990, {})).to.eql([UNCAUSED]);
    // The message had been taken, so that its answer was to come first.
    expect(during('stream-ended', 1_990)).to.eql([UNCAUSED]);
    const racing = { ...sse, error: { kind: 'stream-ended', detail: '', racing: true } } as const;
    expect(during('stream-ended', 1_990, racing)).to.eql([]);
    expect(violations([fault('coordinator-kill')], [failed('stream-ended', 900, 1_010, sse)])).to.eql([]);
  });

  it('does not excuse the end of a stream without a fault that ends streams', () => {
    const end = (at: number): StreamEnd => ({ session: 's', client: 'sdk-v1', at });
    const rule = 'no end of a stream without a cause';
    expect(violations([fault('drain'), fault('kill')], [], [end(1_200), end(2_900)])).to.eql([]);
    expect(violations([fault('drain')], [], [end(999), end(3_001)])).to.eql([rule, rule]);
    expect(violations([fault('slow'), fault('reload')], [], [end(1_200)])).to.eql([rule]);
  });

  it('says who it was, when, and what was going on', () => {
    const [found] = judge({
      calls: [failed('refused', 900, 1_100)],
      faults: [fault('drain'), fault('kill', { from: 5_000 })],
      streamEnds: [],
    });
    expect(found).to.deep.include({
      rule: UNCAUSED,
      sort: 'refused',
      what: 's (sdk-v2) echo from 0.900 s to 1.100 s: refused: it was refused; drain of node-1 since 1.000 s',
    });
  });
});

describe('the verdict on memory and descriptors', () => {
  const MIB = 1024 * 1024;
  const held = (pid: number, at: number, live: number, rss = 0, own = 30, pooled = 0) => ({
    memory: { pid, at, live: live * MIB, rss: rss * MIB },
    descriptors: { own, sockets: 0, pooled },
  });
  type Point = ReturnType<typeof held>;
  const rules = (middle: Point, end: Point) =>
    judgeResources([{ id: 'node-1', before: held(0, 0, 0), middle, end }]).map(({ rule }) => rule);

  it('finds growth, and only of one and the same process', () => {
    expect(rules(held(1, 0, 40), held(1, 60_000, 44))).to.eql([]);
    expect(rules(held(1, 0, 40), held(1, 60_000, 46))).to.eql(['memory stays flat']);
    expect(rules(held(1, 0, 40), held(1, 600_000, 46))).to.eql([]);
    expect(rules(held(1, 0, 40), held(2, 60_000, 90))).to.eql([]);
    expect(rules(held(1, 0, 40, 100), held(1, 60_000, 40, 300))).to.eql(['memory stays flat']);
  });

  it('finds descriptors that stay, but does not take the idle connections of a pool for them', () => {
    expect(rules(held(1, 0, 40), held(1, 0, 40, 0, 33, 100))).to.eql([]);
    expect(rules(held(1, 0, 40), held(1, 0, 40, 0, 60))).to.eql(['descriptors stay flat']);
  });
});

describe('the table of a run', () => {
  it('counts a gap from the first call without an answer to the next answer, without pauses and naps', () => {
    const calls = [
      call(0, 100),
      failed('node-lost', 1_000, 1_300),
      call(1_300, 1_400, { work: 'open' }),
      call(2_000, 2_900, { asked: 800 }),
      call(5_000, 5_010),
      failed('node-lost', 6_000, 6_100),
      failed('node-lost', 6_000, 6_200),
      call(7_000, 7_050),
      call(0, 50, { session: 'other' }),
    ];
    expect(gapsOf(calls).map(({ session, waited }) => [session, waited])).to.eql([
      ['s', 100],
      ['s', 500],
      ['s', 10],
      ['s', 250],
      ['other', 50],
    ]);
    const history = { calls, faults: [fault('kill')], streamEnds: [] };
    expect(totalsOf(history)).to.include({ calls: 8, answers: 5, explained: 1 });
    expect(totalsOf(history).longestGap).to.include({ session: 's', waited: 500 });
    const [kill] = faultRows(history);
    expect(kill).to.deep.include({ kind: 'kill', count: 1, inFlight: 1, violations: 0, longestGap: 500 });
    expect(kill?.errors).to.eql({ 'node-lost': 1 });
  });
});
