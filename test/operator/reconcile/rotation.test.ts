import { expect } from 'chai';
import {
  type CredentialState,
  firstState,
  nextState,
  type RotationInput,
  SECRET_ACCEPTED,
  untilExpiry,
} from '../../../operator/reconcile/rotation.ts';

const OLD: CredentialState = { tokens: ['t1'], secrets: ['s1'], phase: 'settled', rotation: '', retired: [] };
const DAY = 86_400_000;

function step(state: CredentialState, more: Partial<RotationInput> = {}): CredentialState | undefined {
  const fresh = () => ({ token: 't2', secret: 's2' });
  return nextState({ state, wanted: 'a', inForce: true, now: DAY, fresh, ...more });
}

describe('the rotation of credentials', () => {
  it('makes a value known before anybody uses it, and drops the old one last', () => {
    const announced = step(OLD);
    expect(announced).to.deep.include({
      tokens: ['t1', 't2'],
      secrets: ['s1', 's2'],
      phase: 'announced',
      rotation: 'a',
    });
    const switched = step(announced ?? OLD);
    expect(switched).to.deep.include({ tokens: ['t2', 't1'], secrets: ['s2', 's1'], phase: 'switched' });
    const settled = step(switched ?? OLD);
    expect(settled).to.deep.include({ tokens: ['t2'], secrets: ['s2', 's1'], phase: 'settled', retired: [DAY] });
    expect(step(settled ?? OLD)).to.equal(undefined);
  });

  it('waits while a member has older settings: else that one would be cut off', () => {
    for (const phase of ['announced', 'switched'] as const) {
      const state = { ...OLD, tokens: ['t1', 't2'], secrets: ['s1', 's2'], phase, rotation: 'a' };
      expect(step(state, { inForce: false })).to.equal(undefined);
      expect(step(state, { inForce: false, wanted: 'b' })).to.equal(undefined);
    }
  });

  it('goes on from what is stored, so that a crash between two steps makes no second token', () => {
    const stored = { ...OLD, tokens: ['t1', 't2'], secrets: ['s1', 's2'], phase: 'announced' as const, rotation: 'a' };
    const fresh = () => {
      throw new Error('made a token');
    };
    expect(step(stored, { fresh })?.tokens).to.eql(['t2', 't1']);
  });

  it('rotates for a new value of the annotation only: neither for none, nor for the one of the first start', () => {
    expect(step(OLD, { wanted: '' })).to.equal(undefined);
    expect(step({ ...OLD, rotation: 'a' }, { wanted: '' })).to.equal(undefined);
    expect(step(firstState('a', { token: 't1', secret: 's1' }))).to.equal(undefined);
    expect(step(firstState('a', { token: 't1', secret: 's1' }), { wanted: 'b' })?.phase).to.equal('announced');
  });

  it('finishes a rotation before it begins the next', () => {
    let state: CredentialState | undefined = step(OLD);
    const phases: string[] = [];
    for (let i = 0; i < 3 && state !== undefined; i += 1) {
      phases.push(state.phase);
      state = step(state, { wanted: 'b' });
    }
    expect(phases).to.eql(['announced', 'switched', 'settled']);
    expect(state).to.deep.include({ phase: 'announced', rotation: 'b' });
  });

  it('accepts an old session secret as long as a session may live, and no longer', () => {
    const state: CredentialState = { ...OLD, secrets: ['s3', 's2', 's1'], retired: [5 * DAY, DAY], rotation: 'a' };
    expect(untilExpiry(state, 2 * DAY)).to.equal(SECRET_ACCEPTED - DAY);
    expect(step(state, { now: DAY + SECRET_ACCEPTED - 1 })).to.equal(undefined);
    expect(step(state, { now: DAY + SECRET_ACCEPTED })).to.deep.include({ secrets: ['s3', 's2'], retired: [5 * DAY] });
    expect(untilExpiry(OLD, 0)).to.equal(undefined);
  });

  it('keeps older secrets through the next rotation', () => {
    const state: CredentialState = { ...OLD, secrets: ['s1', 's0'], retired: [DAY] };
    const announced = step(state);
    expect(announced?.secrets).to.eql(['s1', 's2', 's0']);
    const switched = step(announced ?? OLD);
    expect(switched?.secrets).to.eql(['s2', 's1', 's0']);
    expect(step(switched ?? OLD, { now: 3 * DAY })?.retired).to.eql([3 * DAY, DAY]);
  });
});
