import { expect } from 'chai';
import { Graves } from '../../cluster/graves.ts';

describe('graves', () => {
  it('tell each listener what is new to it, in parts, and nothing twice', () => {
    const graves = new Graves();
    for (const key of ['a', 'b', 'c']) expect(graves.add(key)).to.equal(true);
    expect(graves.add('b')).to.equal(false);
    const first = graves.since(0, 2);
    expect(first).to.eql({ keys: ['a', 'b'], cursor: 2 });
    expect(graves.hasSince(first.cursor)).to.equal(true);
    const second = graves.since(first.cursor, 2);
    expect(second).to.eql({ keys: ['c'], cursor: 3 });
    expect(graves.hasSince(second.cursor)).to.equal(false);
    expect(graves.since(second.cursor, 2)).to.eql({ keys: [], cursor: 3 });
  });
  it('do not grow without bound: the oldest give way, and listeners that are behind get what is left', () => {
    const graves = new Graves(100);
    for (let i = 0; i < 1_000; i++) graves.add(`k${i}`);
    expect(graves.size).to.be.within(80, 100);
    expect([graves.has('k0'), graves.has('k999')]).to.eql([false, true]);
    const { keys, cursor } = graves.since(5, 10_000);
    expect(keys.length).to.equal(graves.size);
    expect(cursor).to.equal(1_000);
  });
});
