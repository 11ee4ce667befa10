import { expect } from 'chai';
import { encodeClaim } from '../../cluster/claim.ts';
import { createEntry, type NodeEntry } from '../../router/nodes/node-entry.ts';
import { Claims } from '../../router/sessions/claims.ts';
import { StaleCopies } from '../../router/sessions/stale-copies.ts';

const node = (id: string): NodeEntry => createEntry({ id, servers: [] }, `http://${id}:1`);
const [home, one, two] = [node('home'), node('one'), node('two')] as [NodeEntry, NodeEntry, NodeEntry];
const key = 'k'.padStart(20, '-');
const claim = (epoch: number) => encodeClaim({ key, tag: home.tag, epoch });
const says = (add: string[], remove: string[] = [], full = false) => ({ add, remove, full });

describe('router: claims', () => {
  it('do not let a node that comes back keep what another one has taken over', () => {
    const claims = new Claims();
    claims.place({ key, tag: home.tag }, one);
    expect(claims.of(key)?.holder).to.equal(one.tag);
    const told = claims.staleAt(home, 0);
    expect(told?.keys).to.eql([key]);
    // The reply may have been lost.
    expect(claims.staleAt(home, 0)).to.eql(told);
    expect(claims.staleAt(home, told?.cursor ?? 0)).to.equal(undefined);
    expect(claims.staleAt(one, 0)).to.equal(undefined);
  });
  it('do not go back to an older adopter, whoever reports first', () => {
    for (const order of [
      [one, two],
      [two, one],
    ] as const) {
      const claims = new Claims();
      for (const reporter of order) claims.report(reporter, says([claim(reporter === one ? 5 : 9)]));
      expect(claims.of(key)).to.include({ holder: two.tag, epoch: 9 });
      expect(claims.staleAt(one, 0)?.keys).to.eql([key]);
      expect(claims.staleAt(two, 0)).to.equal(undefined);
      claims.place({ key, tag: home.tag }, one);
      expect(claims.of(key)?.epoch).to.be.greaterThan(9);
      expect(claims.staleAt(two, 0)?.keys).to.eql([key]);
      expect(claims.staleAt(one, 0)).to.equal(undefined);
    }
  });
  it('decide equal epochs alike at all coordinators', () => {
    const holders = [
      [one, two],
      [two, one],
    ].map((order) => {
      const claims = new Claims();
      for (const reporter of order) claims.report(reporter, says([claim(5)]));
      return claims.of(key)?.holder;
    });
    expect(holders[0]).to.equal(holders[1]);
  });
  it('end with the session, with the report of its node, and with the node', () => {
    const claims = new Claims();
    claims.report(one, says([claim(5)]));
    claims.report(two, says([], [key]));
    expect(claims.of(key)?.holder).to.equal(one.tag);
    claims.report(one, says([], [key]));
    expect(claims.of(key)).to.equal(undefined);
    claims.report(one, says([claim(5)]));
    claims.report(one, says([], [], true));
    expect(claims.size).to.equal(0);
    claims.report(one, says([claim(5)]));
    claims.forget(one);
    expect(claims.size).to.equal(0);
  });
  it('are not kept for sessions that never came to the node that they were sent to', () => {
    const claims = new Claims();
    const patience = 300_000;
    for (let i = 0; i < 1_000; i++) claims.place({ key: String(i), tag: home.tag }, one, i);
    claims.place({ key, tag: home.tag }, one, 0);
    claims.report(one, says([claim(Date.now() + 1_000)]), 10);
    claims.report(one, says([]), patience);
    expect(claims.size).to.equal(1_001);
    claims.report(two, says([]), patience * 3);
    expect(claims.size).to.equal(1_001);
    // What is on its way for a shorter time may come.
    claims.report(one, says([]), patience + 500);
    expect(claims.size).to.equal(501);
    expect([claims.of('499'), claims.of('500')?.holder]).to.eql([undefined, one.tag]);
    claims.report(one, says([]), patience * 3);
    expect([claims.size, claims.of(key)?.holder]).to.eql([1, one.tag]);
  });
  it('of homes that are gone leave nothing behind that grows without end', () => {
    const stale = new StaleCopies(1_000);
    const claims = new Claims(stale);
    for (let i = 0; i < 50_000; i++) {
      const of = { key: String(i), tag: `gone-${i >> 9}` };
      claims.place(of, one);
      claims.delete(of.key);
    }
    expect(claims.size).to.equal(0);
    expect(stale.size).to.be.within(990, 1_000);
  });
  it('make a home that is back forget what others hold, also when that is not kept any more', () => {
    const stale = new StaleCopies(10);
    const claims = new Claims(stale);
    claims.place({ key, tag: home.tag }, one);
    for (let i = 0; i < 20; i++) claims.place({ key: String(i), tag: 'gone' }, two);
    expect(claims.staleAt(home, 0)).to.equal(undefined);
    claims.report(home, says([], [], true));
    expect(claims.staleAt(home, 0)?.keys).to.eql([key]);
  });
  it('ignore what is no claim, such as those of a later version', () => {
    const claims = new Claims();
    claims.report(one, says(['v2:whatever', claim(5)]));
    expect(claims.size).to.equal(1);
  });
});
