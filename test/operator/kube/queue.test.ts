import { expect } from 'chai';
import fc from 'fast-check';
import { createQueue, type WorkQueue } from '../../../operator/kube/queue.ts';
import { createFakeClock, settle } from './fake-clock.ts';

describe('the work queue', () => {
  const noJitter = () => 0;
  const setup = () => {
    const clock = createFakeClock();
    return { clock, queue: createQueue({ clock, random: noJitter }) };
  };

  it('hands out a key once however often it was added', async () => {
    const { queue } = setup();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(queue.depth).to.equal(2);
    expect([await queue.next(), await queue.next()]).to.eql(['a', 'b']);
    expect(queue.depth).to.equal(0);
  });

  it('never gives two workers the same key, and gives it once more if it was added meanwhile', async () => {
    const { queue } = setup();
    queue.add('a');
    await queue.next();
    queue.add('a');
    queue.add('a');
    let second: string | undefined;
    void queue.next().then((key) => {
      second = key;
    });
    await settle();
    expect(second).to.equal(undefined);
    queue.done('a');
    await settle();
    expect(second).to.equal('a');
    queue.done('a');
    expect([queue.depth, queue.active]).to.eql([0, 0]);
  });

  it('keeps the earliest of several times', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 3000);
    await clock.advance(999);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(queue.depth).to.equal(1);
    await queue.next();
    queue.done('a');
    await clock.advance(60_000);
    expect(queue.depth).to.equal(0);
  });

  it('does not run again for a delay that an add has made needless', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 1000);
    queue.add('a');
    await queue.next();
    queue.done('a');
    await clock.advance(5000);
    expect([queue.depth, clock.pending]).to.eql([0, []]);
  });

  it('doubles the delay of a failing key from 5 ms to 5 min, and starts anew after forget', () => {
    const { clock, queue } = setup();
    const delays: (number | undefined)[] = [];
    for (let failure = 0; failure < 20; failure++) {
      queue.addRateLimited('a');
      delays.push(clock.pending.at(-1));
      queue.add('a');
      void queue.next();
      queue.done('a');
    }
    expect(delays.slice(0, 4)).to.eql([5, 10, 20, 40]);
    expect(delays.slice(15)).to.eql([163_840, 300_000, 300_000, 300_000, 300_000]);
    queue.forget('a');
    queue.addRateLimited('a');
    expect(clock.pending).to.eql([5]);
  });

  it('spreads the delays of many keys by jitter', () => {
    const clock = createFakeClock();
    const queue = createQueue({ clock });
    for (let key = 0; key < 50; key++) queue.addRateLimited(String(key), 0);
    expect(new Set(clock.pending).size).to.be.greaterThan(40);
    expect(Math.max(...clock.pending)).to.be.at.most(7.5);
  });

  it('waits as long as a server asks, even at the first failure', () => {
    const { clock, queue } = setup();
    queue.addRateLimited('a', 7000);
    expect(clock.pending).to.eql([7000]);
  });

  it('wakes all workers at the end, leaves no timer, and takes nothing more', async () => {
    const { clock, queue } = setup();
    const takers = [queue.next(), queue.next()];
    queue.addAfter('a', 1000);
    queue.shutDown();
    queue.add('b');
    queue.addAfter('c', 10);
    expect(await Promise.all(takers)).to.eql([undefined, undefined]);
    expect(await queue.next()).to.equal(undefined);
    expect([clock.pending, queue.depth]).to.eql([[], 0]);
  });

  it('loses no key and runs none twice at a time, in any order of calls', async () => {
    const call = fc.record({
      do: fc.constantFrom('add', 'addAfter', 'fail', 'finish', 'advance'),
      key: fc.constantFrom('a', 'b', 'c'),
      ms: fc.integer({ min: 0, max: 50 }),
    });
    const run = async (calls: Call[]) => {
      const clock = createFakeClock();
      const queue = createQueue({ clock });
      const crew = createCrew(queue, 3);
      for (const step of calls) {
        if (step.do === 'finish') crew.finish(step.key);
        else if (step.do === 'advance') await clock.advance(step.ms);
        else crew.owe(step);
        await settle();
      }
      for (let round = 0; round < 4; round++) {
        crew.finishAll();
        await clock.advance(400_000);
      }
      queue.shutDown();
      crew.finishAll();
      await crew.gone;
      expect([[...crew.owed], crew.wrong]).to.eql([[], []]);
    };
    await fc.assert(fc.asyncProperty(fc.array(call, { maxLength: 40 }), run), { numRuns: 100 });
  });
});

interface Call {
  do: string;
  key: string;
  ms: number;
}

/** Workers that keep a key until they are told to finish it. */
function createCrew(queue: WorkQueue, size: number) {
  const held = new Map<string, () => void>();
  /** Keys that were added and not taken since. */
  const owed = new Set<string>();
  /** Keys that two had at a time. */
  const wrong: string[] = [];
  const work = async (key: string) => {
    if (held.has(key)) wrong.push(key);
    owed.delete(key);
    await new Promise<void>((resolve) => held.set(key, resolve));
    held.delete(key);
    queue.done(key);
  };
  const worker = async () => {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) await work(key);
  };
  return {
    owed,
    wrong,
    gone: Promise.all(Array.from({ length: size }, worker)),
    finish: (key: string) => held.get(key)?.(),
    finishAll() {
      for (const finish of held.values()) finish();
    },
    owe({ do: how, key, ms }: Call) {
      owed.add(key);
      if (how === 'add') queue.add(key);
      else if (how === 'addAfter') queue.addAfter(key, ms);
      else queue.addRateLimited(key);
    },
  };
}
