import { expect } from 'chai';
import { createEntry, type NodeEntry } from '../../router/nodes/node-entry.ts';
import { place } from '../../router/nodes/place.ts';
import { createRing, pickBounded } from '../../router/nodes/ring.ts';

function node(id: string, servers: string[], marks: Partial<NodeEntry> = {}): NodeEntry {
  return Object.assign(createEntry({ id, servers }, `http://${id}:1`, 0), marks);
}
const noLoad = () => 0;

describe('router: placement', () => {
  it('prefers nodes that hold every server of the target, else those that hold the most', () => {
    const nodes = [node('one', ['a']), node('two', ['a', 'b']), node('none', [])];
    for (let i = 0; i < 20; i++) expect(place(nodes, { servers: ['a', 'b', 'c'] }, noLoad)?.id).to.equal('two');
    expect(place(nodes, { servers: ['z'] }, noLoad)).to.equal(undefined);
  });
  it('leaves out what is unhealthy, draining, suspect or has refused already', () => {
    const nodes = [
      node('dead', ['a'], { status: 'unhealthy' }),
      node('draining', ['a'], { draining: true }),
      node('suspect', ['a'], { suspect: true }),
      node('refused', ['a']),
    ];
    expect(place(nodes, { servers: ['a'], excluded: new Set(['refused']) }, noLoad)).to.equal(undefined);
    expect(place(nodes, { servers: ['a'] }, noLoad)?.id).to.equal('refused');
  });
  it('takes any node when the target needs no server', () => {
    expect(place([node('empty', [])], { servers: [] }, noLoad)?.id).to.equal('empty');
  });
  it('sends the same key to the same node, whatever the load', () => {
    const nodes = ['n1', 'n2', 'n3'].map((id) => node(id, ['a']));
    const first = place(nodes, { servers: ['a'], key: 'k' }, noLoad)?.id;
    const load = ({ id }: NodeEntry) => (id === first ? 1_000 : 0);
    expect(place([...nodes].reverse(), { servers: ['a'], key: 'k' }, load)?.id).to.equal(first);
  });
  it('moves few keys when a node comes', () => {
    const before = createRing(['n1', 'n2', 'n3']);
    const after = createRing(['n1', 'n2', 'n3', 'n4']);
    const home = (ring: typeof before, key: string) => [...ring.walk(key)][0];
    const keys = Array.from({ length: 2_000 }, (_, i) => `key-${i}`);
    const moved = keys.filter((key) => home(before, key) !== home(after, key));
    expect(moved.length).to.be.within(300, 750);
    for (const key of moved) expect(home(after, key)).to.equal('n4');
  });
  it('keeps every node below 1.25 times the mean', () => {
    const members = ['n1', 'n2', 'n3', 'n4', 'n5'];
    const ring = createRing(members, 3);
    const load = new Map(members.map((id) => [id, 0]));
    for (let i = 0; i < 1_000; i++) {
      const id = pickBounded(ring, `key-${i}`, (member) => load.get(member) ?? 0, members) as string;
      load.set(id, (load.get(id) ?? 0) + 1);
    }
    for (const count of load.values()) expect(count).to.be.at.most(250);
  });
  it('walks each member once', () => {
    expect([...createRing(['a', 'b', 'c']).walk('x')].sort()).to.deep.equal(['a', 'b', 'c']);
    expect([...createRing([]).walk('x')]).to.deep.equal([]);
  });
});
