import { expect } from 'chai';
import { CONDITIONS, type ConditionType, condition, setCondition } from '../../../operator/api/conditions.ts';
import type { Condition } from '../../../operator/api/types.ts';

const BEFORE = '2026-01-01T00:00:00Z';
const NOW = '2026-01-01T00:00:09Z';

describe('conditions', () => {
  it('keep the time of the last transition while the status is the same: else every round writes the status', () => {
    const before = setCondition([], condition('Ready', 'NotReady', 'one', 1), BEFORE);
    const same = setCondition(before, condition('Ready', 'NotReady', 'two', 2), NOW);
    expect(same).to.eql([
      {
        type: 'Ready',
        status: 'False',
        reason: 'NotReady',
        message: 'two',
        observedGeneration: 2,
        lastTransitionTime: BEFORE,
      },
    ]);
    const changed = setCondition(same, condition('Ready', 'Ready', 'three', 2), NOW);
    expect(changed.map(({ status, lastTransitionTime }) => [status, lastTransitionTime])).to.eql([['True', NOW]]);
  });

  it('keep their place and leave the others and the old list alone', () => {
    const list = [
      ...setCondition([], condition('Ready', 'Ready', ''), BEFORE),
      ...setCondition([], condition('Degraded', 'Healthy', ''), BEFORE),
    ];
    const copy = structuredClone(list);
    const next = setCondition(list, condition('Ready', 'Paused', 'why'), NOW);
    expect(list).to.eql(copy);
    expect(next.map(({ type, status }) => [type, status])).to.eql([
      ['Ready', 'Unknown'],
      ['Degraded', 'False'],
    ]);
    expect(next[1]).to.equal(list[1]);
  });

  it('have reasons that Kubernetes accepts, each with its meaning and what to do', () => {
    for (const [type, { about, reasons }] of Object.entries(CONDITIONS)) {
      expect(about, type).to.match(/\.$/);
      for (const [reason, [status, meaning, remedy]] of Object.entries(reasons)) {
        expect(reason).to.match(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
        expect(['True', 'False', 'Unknown'], reason).to.include(status);
        expect(meaning, reason).to.match(/\.$/);
        expect(remedy, reason).to.match(/[.`]$/);
      }
    }
  });

  it('are judged alike by kubectl wait and by people: the good end of each has its own reason', () => {
    const good: Record<ConditionType, Condition['status']> = {
      Ready: 'True',
      Available: 'True',
      Progressing: 'False',
      Degraded: 'False',
      ConfigValid: 'True',
      Verified: 'True',
    };
    for (const [type, status] of Object.entries(good)) {
      const reasons = Object.values(CONDITIONS[type as ConditionType].reasons) as [string, string, string][];
      const idle = reasons.filter(([, , remedy]) => remedy === 'Nothing.').map(([of]) => of);
      expect(idle, type).to.eql([status]);
    }
  });
});
