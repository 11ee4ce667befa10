import { expect } from 'chai';
import { StaleCopies } from '../../router/sessions/stale-copies.ts';

describe('router: stale copies', () => {
  it('are told in the order in which they became so, until the node has heard', () => {
    const stale = new StaleCopies();
    for (const key of ['a', 'b', 'a']) stale.add('one', key);
    expect(stale.after('one', 0)).to.eql({ keys: ['b', 'a'], cursor: 3 });
    expect(stale.after('one', 2)).to.eql({ keys: ['a'], cursor: 3 });
    expect([stale.after('one', 3), stale.after('one', 0), stale.size]).to.eql([undefined, undefined, 0]);
  });
  it('are not told to a node that holds the session again', () => {
    const stale = new StaleCopies();
    stale.add('one', 'a');
    stale.delete('one', 'a');
    stale.delete('one', 'never');
    expect([stale.after('one', 0), stale.size]).to.eql([undefined, 0]);
  });
  it('of nodes that are gone make room for those of others', () => {
    const stale = new StaleCopies(3);
    for (const key of ['a', 'b']) stale.add('gone', key);
    for (const key of ['c', 'd']) stale.add('here', key);
    expect([stale.size, stale.forgotten]).to.eql([3, true]);
    expect([stale.after('gone', 0)?.keys, stale.after('here', 0)?.keys]).to.eql([['b'], ['c', 'd']]);
    stale.forget('here');
    expect([stale.size, stale.after('here', 0)]).to.eql([1, undefined]);
  });
});
