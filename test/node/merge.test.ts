import { expect } from 'chai';
import type { Item } from '../../node/catalog/lists.ts';
import { type Collision, merge } from '../../node/catalog/merge.ts';
import { type View, viewServer } from '../../node/catalog/view.ts';
import type { Hosted } from '../../node/hosts.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { ShownNames } from '../../settings/shown-names.ts';

interface Given {
  config?: Partial<ServerConfig>;
  tools?: string[];
}

/** Only name and settings of a server matter to a merge. */
function view(kind: View['kind'], servers: Record<string, Given>, separator = '-'): View {
  return {
    target: kind === 'all' ? '' : 'target',
    kind,
    separator,
    names: new ShownNames(Object.keys(servers), { separator, portable: true }),
    fingerprint: '',
    servers: Object.entries(servers).map(([name, { config = {}, tools }]) => {
      const hosted = { name, config: { command: 'x', ...config } } as unknown as Hosted;
      return viewServer(hosted, { name, tools }, separator);
    }),
  };
}

const tool = (name: string): Item => ({ name, description: `${name}!`, inputSchema: { type: 'object' } });
const said = ({ name, server, winner, shown }: Collision) => ({
  name,
  server: server.hosted.name,
  winner: winner.hosted.name,
  shown,
});
const namesOf = (items: readonly Item[]) => items.map(({ name }) => name);

describe('the merge of the lists of several servers', () => {
  it('does not let servers shadow the tools of others', () => {
    const { items, index } = merge('tools', view('all', { a: {}, b: {} }), [[tool('run')], [tool('run')]]);
    expect(namesOf(items)).to.deep.equal(['a-run', 'b-run']);
    expect(index.get('b-run')?.server.hosted.name).to.equal('b');
    expect(index.get('b-run')?.name).to.equal('run');
  });

  it('leaves a name to the server with the longer one in any order, and shows and tells of the other', () => {
    for (const order of [
      ['a', 'a-b'],
      ['a-b', 'a'],
    ]) {
      const servers = view('all', Object.fromEntries(order.map((name) => [name, {}])));
      const lists = order.map((name) => [tool(name === 'a' ? 'b-c' : 'c')]);
      const { items, index, collisions } = merge('tools', servers, lists);
      expect(items).to.have.length(2);
      expect(index.get('a-b-c')?.server.hosted.name).to.equal('a-b');
      const [shadowed] = items.filter(({ name }) => name !== 'a-b-c');
      expect(shadowed?.name).to.match(/^a-b-c_[0-9a-f]{8}$/);
      expect(shadowed?.title).to.equal('a-b-c');
      expect(index.get(shadowed?.name as string)?.name).to.equal('b-c');
      expect(collisions.map(said)).to.deep.equal([
        { name: 'a-b-c', server: 'a', winner: 'a-b', shown: shadowed?.name },
      ]);
      // It is no question of what is listed now.
      const alone = merge(
        'tools',
        servers,
        order.map((name) => (name === 'a' ? [tool('b-c')] : [])),
      );
      expect(namesOf(alone.items)).to.deep.equal([shadowed?.name]);
    }
  });

  it('gives a name of two servers with one alias to the one with the longer name, in any order', () => {
    const prompts = (names: string[]) => names.map((name) => ({ name }));
    for (const order of [
      ['read', 'write'],
      ['write', 'read'],
    ]) {
      const aliased = view('group', Object.fromEntries(order.map((name) => [name, {}])));
      aliased.names = new ShownNames(['x'], { separator: '-', portable: true });
      aliased.servers = aliased.servers.map((server) => ({ ...server, prefix: 'x' }));
      const { index, collisions } = merge(
        'prompts',
        aliased,
        order.map((name) => prompts(['run', name])),
      );
      expect(index.get('x-run')?.server.hosted.name).to.equal('write');
      expect([...index.keys()]).to.have.members(['x-run', 'x-read', 'x-write']);
      expect(collisions.map(said)).to.deep.equal([
        { name: 'x-run', server: 'read', winner: 'write', shown: undefined },
      ]);
    }
  });

  it('keeps the real name of what is shown by another one in its title', () => {
    const servers = view('all', { 'My Server': {} });
    const titled = [tool('run'), { ...tool('go'), title: 'Go!' }, { ...tool('do'), annotations: { title: 'Do!' } }];
    const { items, index } = merge('tools', servers, [titled]);
    expect(items.map(({ title }) => title)).to.deep.equal([
      'My Server-run',
      'Go! (My Server-go)',
      'Do! (My Server-do)',
    ]);
    expect([...index.values()].map(({ name }) => name)).to.deep.equal(['run', 'go', 'do']);
    for (const name of namesOf(items)) expect(name).to.match(/^[A-Za-z0-9_-]{1,64}$/);
  });

  it('does not give a name of the settings to the tool that a server lists first', () => {
    const config = { tools: { one: { name: 'run' } } };
    const { items, index, collisions } = merge('tools', view('all', { a: { config } }), [[tool('run'), tool('one')]]);
    expect(items).to.deep.equal([{ ...tool('one'), name: 'a-run' }]);
    expect(index.get('a-run')?.name).to.equal('one');
    expect(collisions.map(said)).to.deep.equal([{ name: 'a-run', server: 'a', winner: 'a', shown: undefined }]);
  });

  it('does not change the names of a route of one server', () => {
    const lists = [[tool('a-run'), tool('run')]];
    expect(namesOf(merge('tools', view('server', { a: {} }), lists).items)).to.deep.equal(['a-run', 'run']);
    expect(namesOf(merge('tools', view('group', { a: {} }), lists).items)).to.deep.equal(['a-a-run', 'a-run']);
  });

  it('does not list tools that are disabled by their bare or prefixed name', () => {
    const config = { tools: { one: { enabled: false }, 'a-two': { enabled: false }, three: { enabled: true } } };
    const lists = [[tool('one'), tool('two'), tool('three')]];
    for (const kind of ['all', 'server'] as const) {
      const { items, index } = merge('tools', view(kind, { a: { config } }), lists);
      expect(items).to.have.length(1);
      expect([...index.values()].map(({ name }) => name)).to.deep.equal(['three']);
    }
  });

  it('does not ignore descriptions of the settings', () => {
    const config = { tools: { one: { description: 'uno' }, 'a-two': { description: 'due' } } };
    const { items } = merge('tools', view('all', { a: { config } }), [[tool('one'), tool('two'), tool('three')]]);
    expect(items.map(({ description }) => description)).to.deep.equal(['uno', 'due', 'three!']);
  });

  it('does not write over the items that it was given', () => {
    const given = tool('one');
    merge('tools', view('all', { a: { config: { tools: { one: { description: 'uno' } } } } }), [[given]]);
    expect(given).to.deep.equal(tool('one'));
  });

  it('does not show more tools of a server than its group allows, by bare or prefixed name', () => {
    const { items } = merge('tools', view('group', { a: { tools: ['one', 'a-two'] }, b: { tools: [] } }), [
      [tool('one'), tool('two'), tool('three')],
      [tool('one')],
    ]);
    expect(namesOf(items)).to.deep.equal(['a-one', 'a-two']);
  });

  it('does not prefix or hide resources, and keeps the first of two with one URI', () => {
    const resource = (uri: string): Item => ({ uri, name: uri });
    const config = { resources: { 'f://hidden': { enabled: false } } };
    const { items, index } = merge('resources', view('all', { a: { config, tools: [] }, b: {} }), [
      [resource('f://1'), resource('f://hidden')],
      [resource('f://1'), resource('f://2')],
    ]);
    expect(items.map(({ uri }) => uri)).to.deep.equal(['f://1', 'f://2']);
    expect(index.get('f://1')?.server.hosted.name).to.equal('a');
  });
});
