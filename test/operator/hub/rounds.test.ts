import { setImmediate as tick } from 'node:timers/promises';
import { expect } from 'chai';
import { createRounds } from '../../../operator/hub/rounds.ts';
import { FakeClock } from '../reconcile/support/fake-clock.ts';

interface Look {
  target: string;
  see(result: string): Promise<void>;
  fail(): Promise<void>;
}

function setUp() {
  const clock = new FakeClock();
  const looks: Look[] = [];
  const changed: string[] = [];
  const errors: string[] = [];
  const rounds = createRounds<string, string>({
    clock,
    interval: (result) => (result === 'bad' ? 1_000 : 10_000),
    look: (target) =>
      new Promise((resolve, reject) => {
        const after = async (settle: () => void) => {
          settle();
          await tick();
        };
        looks.push({
          target,
          see: (result) => after(() => resolve(result)),
          fail: () => after(() => reject(new Error('x'))),
        });
      }),
    onChange: (key) => changed.push(key),
    onError: (key) => errors.push(key),
  });
  return { clock, looks, changed, errors, rounds };
}

describe('rounds', () => {
  it('look at once, then at the pace of what was seen', async () => {
    const { clock, looks, rounds } = setUp();
    rounds.track('a', 'one');
    expect(looks).to.have.length(1);
    await looks[0]?.see('bad');
    clock.pass(1_200);
    expect(looks).to.have.length(2);
    await looks[1]?.see('good');
    clock.pass(9_999);
    expect(looks).to.have.length(2);
    clock.pass(1_100);
    expect(looks).to.have.length(3);
  });

  it('tell of what is new, and not of the same again: else idle clusters were reconciled for ever', async () => {
    const { clock, looks, changed, rounds } = setUp();
    rounds.track('a', 'one');
    await looks[0]?.see('x');
    clock.pass(11_000);
    await looks[1]?.see('x');
    expect(changed).to.eql(['a']);
    clock.pass(11_000);
    await looks[2]?.see('y');
    expect(changed).to.eql(['a', 'a']);
    expect(rounds.latest('a')).to.equal('y');
  });

  it('look again at once when the target has changed, also in the middle of a look', async () => {
    const { clock, looks, rounds } = setUp();
    rounds.track('a', 'one');
    rounds.track('a', 'one');
    rounds.track('a', 'two');
    expect(looks.map(({ target }) => target)).to.eql(['one']);
    await looks[0]?.see('x');
    clock.pass(0);
    expect(looks.map(({ target }) => target)).to.eql(['one', 'two']);
  });

  it('do not take a look that began earlier for a fresh one', async () => {
    const { looks, rounds } = setUp();
    rounds.track('a', 'one');
    const fresh = rounds.refresh('a');
    await looks[0]?.see('old');
    expect(looks).to.have.length(2);
    await looks[1]?.see('new');
    expect(await fresh).to.equal('new');
    expect(await rounds.refresh('unknown')).to.equal(undefined);
  });

  it('keep what was seen when a look fails, and look again', async () => {
    const { clock, looks, errors, rounds } = setUp();
    rounds.track('a', 'one');
    await looks[0]?.see('x');
    rounds.soon('a', 500);
    clock.pass(500);
    await looks[1]?.fail();
    expect(errors).to.eql(['a']);
    expect(rounds.latest('a')).to.equal('x');
    clock.pass(11_000);
    expect(looks).to.have.length(3);
  });

  it('leave nothing behind of what is forgotten', async () => {
    const { clock, looks, changed, rounds } = setUp();
    rounds.track('a', 'one');
    rounds.track('b', 'one');
    await looks[1]?.see('x');
    rounds.forget('a');
    await looks[0]?.see('x');
    rounds.stop();
    expect(changed).to.eql(['b']);
    expect(clock.waiting).to.equal(0);
    clock.pass(60_000);
    expect(looks).to.have.length(2);
  });
});
