import { expect } from 'chai';
import { createEntry, type NodeEntry } from '../../router/nodes/node-entry.ts';
import { place } from '../../router/nodes/place.ts';
import { heaviest, heaviestBounded } from '../../router/nodes/rendezvous.ts';

function node(id: string, servers: string[], marks: Partial<NodeEntry> = {}): NodeEntry {
  return Object.assign(createEntry({ id, servers }, `http://${id}:1`), marks);
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
      node('gone', ['a'], { gone: true }),
      node('refused', ['a']),
    ];
    expect(place(nodes, { servers: ['a'], excluded: new Set([nodes[4]!.run]) }, noLoad)).to.equal(undefined);
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
  const members = (...ids: string[]) => ids.map((id) => ({ id }));

  it('moves few keys when a node comes, and only to that node', () => {
    const before = members('n1', 'n2', 'n3');
    const after = members('n1', 'n2', 'n3', 'n4');
    const keys = Array.from({ length: 2_000 }, (_, i) => `key-${i}`);
    const moved = keys.filter((key) => heaviest(before, key)?.id !== heaviest(after, key)?.id);
    expect(moved.length).to.be.within(400, 600);
    for (const key of moved) expect(heaviest(after, key)?.id).to.equal('n4');
  });
  it('spreads keys evenly over nodes whose ids are nearly the same', () => {
    const nodes = members(...Array.from({ length: 10 }, (_, i) => `node-${i}`));
    const counts = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const id = heaviest(nodes, `session-${i}`)?.id ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(count).to.be.within(850, 1_150);
  });
  it('chooses alike whatever the order in which nodes are known', () => {
    const nodes = members('a', 'b', 'c', 'd');
    for (let i = 0; i < 100; i++) expect(heaviest(nodes, `k${i}`)).to.equal(heaviest(nodes.toReversed(), `k${i}`));
    expect(heaviest([], 'k')).to.equal(undefined);
  });
  it('keeps every node below 1.25 times the mean', () => {
    const nodes = members('n1', 'n2', 'n3', 'n4', 'n5');
    const load = new Map(nodes.map(({ id }) => [id, 0]));
    for (let i = 0; i < 1_000; i++) {
      const id = heaviestBounded(nodes, `key-${i}`, (member) => load.get(member.id) ?? 0)?.id as string;
      load.set(id, (load.get(id) ?? 0) + 1);
    }
    for (const count of load.values()) expect(count).to.be.at.most(250);
  });
});
