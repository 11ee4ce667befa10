import { expect } from 'chai';
import { type GroupReport, groupReport } from '../../cluster/group-report.ts';
import { parseSettings } from '../../settings/load.ts';
import { groupsOf, resolveTarget } from '../../settings/targets.ts';

const groups = groupsOf(
  parseSettings({
    groups: [
      {
        id: 'id-1',
        name: 'dev',
        servers: ['git', { name: 'fetch', tools: ['fetch_url'] }, { name: 'time', tools: 'all' }],
      },
      { name: 'git', servers: ['fetch'] },
      { id: 'dev', name: 'other', servers: [] },
      { id: '', name: 'plain', servers: [{ name: 'gone', weight: 2 }] },
    ],
  }),
);
const names = { servers: ['git', 'fetch'], groups, enableGroupNameRoute: true };

describe('settings/targets', () => {
  it('writes groups as the cluster tells them: id defaults to the name, tools only when limited', () => {
    const reports: GroupReport[] = groups;
    expect(reports[0]).to.deep.equal({
      id: 'id-1',
      name: 'dev',
      servers: [{ name: 'git' }, { name: 'fetch', tools: ['fetch_url'] }, { name: 'time' }],
    });
    expect(reports.map(({ id }) => id)).to.deep.equal(['id-1', 'git', 'dev', 'plain']);
    expect(reports[3]?.servers).to.deep.equal([{ name: 'gone' }]);
  });

  it('does not lose aliases and overrides of a group on their way through the cluster', () => {
    const server = {
      name: 'git',
      alias: 'g',
      tools: { status: { enabled: true, name: 'state', description: 'x' } },
      prompts: ['one'],
      resources: { 'f://{+path}': { enabled: false } },
    };
    const told = groupsOf(parseSettings({ groups: [{ name: 'dev', servers: [{ ...server, weight: 2 }] }] }));
    expect(told[0]?.servers).to.deep.equal([server]);
    expect(groupReport.parse(JSON.parse(JSON.stringify(told[0])))).to.deep.equal(told[0]);
  });

  it('does not show all of a server where a member tells something that cannot be read', () => {
    const strange = { name: 'git', alias: 5, tools: 'few', prompts: { a: 'off', b: { name: '' } }, resources: [1] };
    expect(groupReport.parse({ id: 'x', name: 'x', servers: [strange] }).servers[0]).to.deep.equal({
      name: 'git',
      alias: undefined,
      tools: [],
      prompts: { a: { enabled: false }, b: { enabled: false } },
      resources: [],
    });
  });

  it('takes the empty target as all servers, in the order of the settings', () => {
    expect(resolveTarget('', names)).to.deep.equal({
      kind: 'all',
      id: '',
      name: '',
      servers: [{ name: 'git' }, { name: 'fetch' }],
    });
  });

  it('prefers the id of a group to the name of another group', () => {
    expect(resolveTarget('dev', names)).to.include({ kind: 'group', id: 'dev', name: 'other' });
  });

  it('prefers a group to a server of the same name', () => {
    expect(resolveTarget('git', names)).to.include({ kind: 'group', name: 'git' });
  });

  it('finds groups by name only where that is enabled, and by id always', () => {
    const byIdOnly = { ...names, enableGroupNameRoute: false };
    expect(resolveTarget('plain', names)?.servers).to.deep.equal([{ name: 'gone' }]);
    expect(resolveTarget('other', byIdOnly)).to.equal(undefined);
    expect(resolveTarget('id-1', byIdOnly)).to.include({ kind: 'group', name: 'dev' });
  });

  it('finds a server by name, and nothing by an unknown one', () => {
    expect(resolveTarget('fetch', names)).to.deep.equal({
      kind: 'server',
      id: 'fetch',
      name: 'fetch',
      servers: [{ name: 'fetch' }],
    });
    expect(resolveTarget('constructor', names)).to.equal(undefined);
  });

  it('does not search other servers than those of the target behind $smart', () => {
    expect(resolveTarget('$smart', names)).to.deep.equal({ ...resolveTarget('', names), kind: 'smart' });
    expect(resolveTarget('$smart/id-1', names)).to.deep.equal({
      ...resolveTarget('dev', { ...names, groups: groups.slice(0, 1) }),
      kind: 'smart',
    });
    expect(resolveTarget('$smart/fetch', names)).to.deep.equal({ ...resolveTarget('fetch', names), kind: 'smart' });
    for (const target of ['$smart/none', '$smart/$smart', '$smarter', '$smart/$smart/fetch']) {
      expect(resolveTarget(target, names), target).to.equal(undefined);
    }
  });

  it('does not take a group or server that is called $smart for a search', () => {
    expect(resolveTarget('$smart', { ...names, servers: ['$smart'] })).to.include({ kind: 'server', name: '$smart' });
    const literal = groupsOf(parseSettings({ groups: [{ name: '$smart/fetch', servers: ['git'] }] }));
    expect(resolveTarget('$smart/fetch', { ...names, groups: literal })).to.include({ kind: 'group' });
  });
});
