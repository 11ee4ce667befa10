import { expect } from 'chai';
import type { Member } from '../../../operator/reconcile/member.ts';
import { ASK_AGAIN, behind, nextAnnotation } from '../../../operator/reconcile/settings-revision.ts';

describe('the settings revision on Pods', () => {
  const cases: [name: string, asked: Parameters<typeof nextAnnotation>[0], wanted: string | undefined][] = [
    ['a new Pod', { revision: 'b', annotation: undefined, reported: undefined, since: 0 }, 'b'],
    ['older settings', { revision: 'b', annotation: 'a', reported: 'a', since: 0 }, 'b'],
    ['older settings that were asked twice', { revision: 'b', annotation: 'a.3', reported: 'a', since: 0 }, 'b'],
    ['a member that has them', { revision: 'b', annotation: 'b', reported: 'b', since: 1e9 }, undefined],
    ['a member that says nothing', { revision: 'b', annotation: 'b', reported: undefined, since: 1e9 }, undefined],
    ['a member that was asked just now', { revision: 'b', annotation: 'b', reported: 'a', since: 4_999 }, undefined],
    ['a member that is late', { revision: 'b', annotation: 'b', reported: 'a', since: ASK_AGAIN }, 'b.1'],
    [
      'one that is asked less often each time',
      { revision: 'b', annotation: 'b.1', reported: 'a', since: 9_999 },
      undefined,
    ],
    ['one that is very late', { revision: 'b', annotation: 'b.1', reported: 'a', since: 10_000 }, 'b.2'],
    ['one that never takes them up', { revision: 'b', annotation: 'b.99', reported: 'a', since: 60_000 }, 'b.100'],
  ];
  for (const [name, asked, wanted] of cases) {
    it(`of ${name} becomes ${wanted ?? 'nothing new'}`, () => {
      expect(nextAnnotation(asked)).to.equal(wanted);
    });
  }

  it('counts a running member that says nothing as one without the settings, and one that does not run as none', () => {
    const member = (name: string, running: boolean): Member => ({
      name,
      uid: name,
      namespace: 'default',
      role: 'nodes',
      annotations: {},
      running,
      ready: running,
      leaving: false,
    });
    const node = { id: 'a', active: true, draining: false, sessions: 0, servers: {}, revision: 'r' };
    const late = behind(
      [member('a', true), member('b', true), member('c', false)],
      { nodes: 'r' },
      {
        coordinators: [],
        nodes: [node],
      },
    );
    expect(late.map(({ name }) => name)).to.eql(['b']);
  });
});
