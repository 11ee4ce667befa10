import { expect } from 'chai';
import pino from 'pino';
import { reportCollisions } from '../../node/catalog/collisions.ts';
import { merge } from '../../node/catalog/merge.ts';
import { type View, viewServer } from '../../node/catalog/view.ts';
import { Warnings } from '../../node/catalog/warnings.ts';
import type { Hosted } from '../../node/hosts.ts';
import type { Hub } from '../../node/hub.ts';
import { ShownNames } from '../../settings/shown-names.ts';
import type { TargetServer } from '../../settings/targets.ts';

describe('names that several servers claim', () => {
  const hub = { log: pino({ level: 'silent' }), findView: () => ({}) } as unknown as Hub;
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

  /** What the servers of a group are told of its lists. */
  function warned(servers: TargetServer[], lists: Record<string, string[]>): Record<string, string[]> {
    const hosted = new Map(
      servers.map(({ name }) => [
        name,
        { name, config: {}, catalog: { warnings: new Warnings() } } as unknown as Hosted,
      ]),
    );
    const viewed = servers.map((said) => viewServer(hosted.get(said.name) as Hosted, said, '-'));
    const names = new ShownNames(
      viewed.map(({ prefix }) => prefix),
      { separator: '-', portable: true },
    );
    const view: View = { target: 'g', kind: 'group', separator: '-', fingerprint: '', servers: viewed, names };
    const { collisions } = merge(
      'tools',
      view,
      servers.map(({ name }) => (lists[name] ?? []).map(tool)),
    );
    reportCollisions(hub, view, 'tools', collisions);
    return Object.fromEntries([...hosted].map(([name, { catalog }]) => [name, catalog.warnings.all()]));
  }

  it('are told of at all of them', () => {
    const reports = warned([{ name: 'git' }, { name: 'git-hub' }, { name: 'other' }], {
      git: ['hub-danger', 'log'],
      'git-hub': ['danger'],
    });
    expect(reports.git).to.have.length(1);
    expect(reports.git?.[0]).to.match(
      /^1 of tools have other names on the route of 'g', .* 'git-hub': 'git-hub-danger'$/,
    );
    expect(reports['git-hub']).to.have.length(1);
    expect(reports['git-hub']?.[0]).to.match(/^'git' claimed names of tools on the route of 'g' .*: 'git-hub-danger'$/);
    expect(reports.other).to.deep.equal([]);
  });

  it('are told of where two servers have one alias, and where one server has a name twice', () => {
    const reports = warned(
      [
        { name: 'read', alias: 'x' },
        { name: 'write', alias: 'x' },
      ],
      { read: ['run'], write: ['run', 'own', 'own'] },
    );
    expect(reports.read?.[0]).to.match(/^1 of tools left out .* 'write': 'x-run'$/);
    expect(reports.write?.[0]).to.match(/^1 of tools left out .* 'write': 'x-own'$/);
    expect(reports.write?.[1]).to.match(/^'read' claimed names .*: 'x-run'$/);
  });
});
