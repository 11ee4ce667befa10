import { expect } from 'chai';
import { settingsFromText } from '../../settings/load.ts';
import { refused } from './refused.ts';

const load = (value: unknown) => settingsFromText(JSON.stringify(value), {});
/** Paths alone. */
const where = (sentences: readonly string[]) => sentences.map((sentence) => sentence.slice(0, sentence.indexOf(': ')));

const FILE = {
  mcpServers: {
    mine: { command: 'a', owner: 'ann', visibility: 'private' },
    team: { command: 'b', visibility: 'group', sharedWithUsers: ['bob'] },
    shared: { command: 'c', sharedWithUsers: ['bob'] },
    few: { url: 'http://d', includeTools: ['read'] },
    listed: { url: 'http://e', tools: ['read'] },
    open: { command: 'f', owner: 'ann', visibility: 'public', sharedWithUsers: [] },
    null: { command: 'g', visibility: null, sharedWithUsers: null },
    off: { command: 'h', visibility: 'private', enabled: false },
  },
  groups: [
    { id: '1', name: 'secret', visibility: 'private', servers: ['open'] },
    { name: 'open', servers: ['open'] },
  ],
};

describe('a hub does not open by accident', () => {
  it('by serving what MCPHub keeps from some: not before the settings say so', () => {
    const { settings, faults } = load(FILE);
    expect(where(faults)).to.deep.equal([
      'mcpServers.mine.visibility',
      'mcpServers.team.visibility',
      'mcpServers.team.sharedWithUsers',
      'mcpServers.shared.sharedWithUsers',
      'mcpServers.few.includeTools',
      'mcpServers.listed.tools',
      'groups[0].visibility',
    ]);
    const served = Object.entries(settings.mcpServers).filter(([, config]) => config.refused === undefined);
    expect(served.map(([name]) => name)).to.deep.equal(['open', 'null', 'off']);
    expect(Object.keys(settings.mcpServers)).to.deep.equal(Object.keys(FILE.mcpServers));
    expect(settings.groups).to.deep.equal([
      { id: '1', name: 'secret', servers: [] },
      { name: 'open', servers: ['open'] },
    ]);
  });

  it('and serves all of it where they do', () => {
    const { settings, faults } = load({ ...FILE, systemConfig: { routing: { ignoreRestrictions: true } } });
    expect(faults).to.deep.equal([]);
    expect(Object.values(settings.mcpServers).filter(({ refused }) => refused !== undefined)).to.deep.equal([]);
    expect(settings.groups[0]?.servers).to.deep.equal(['open']);
  });

  it('by a slip in a key that closes something', () => {
    const { faults, settings } = load({
      mcpServers: {
        a: { command: 'a', enable: false },
        b: { command: 'b', disabledTool: ['x'] },
        c: { command: 'c', visiblity: 'private' },
      },
    });
    expect(faults).to.deep.equal([
      'mcpServers.a.enable: the key is not known; did you mean "enabled"?',
      'mcpServers.b.disabledTool: the key is not known; did you mean "disabledTools"?',
      'mcpServers.c.visiblity: the key is not known; did you mean "visibility"?',
    ]);
    expect(Object.values(settings.mcpServers).every(({ refused }) => refused !== undefined)).to.equal(true);
    expect(refused(() => load({ bearerKeys: [{ token: 't', accesstype: 'servers' }] })).problems).to.deep.equal([
      'bearerKeys[0].accesstype: the key is not known; did you mean "accessType"?',
    ]);
    expect(refused(() => load({ systemConfig: { routing: { enableGlobalRoutes: false } } })).problems).to.deep.equal([
      'systemConfig.routing.enableGlobalRoutes: the key is not known; did you mean "enableGlobalRoute"?',
    ]);
  });

  it('has a word for every key that is not understood, one for all entries', () => {
    const { warnings, faults } = load({
      mcpServers: {
        a: { command: 'a', owner: 'x', keepAliveIntervall: 1, arg: ['b'], tools: { t: { hidden: true } } },
        b: { command: 'b', owner: 'y', proxy: { enabled: true }, oauth: {} },
      },
      users: [{ username: 'admin' }],
      groups: [{ name: 'g', servers: [{ name: 'a', pinnedTools: [] }] }],
    });
    expect(faults).to.deep.equal([]);
    expect(warnings).to.deep.equal([
      'mcpServers.a.owner (and 1 more): restricts nothing, here as in MCPHub',
      'mcpServers.a.keepAliveIntervall: the key is not known and has no effect',
      'mcpServers.a.arg: the key is not known and has no effect; did you mean "args"?',
      'mcpServers.a.tools.t.hidden: the key is not known and has no effect',
      'mcpServers.b.proxy: it is not used; the proxy of the environment is (HTTPS_PROXY)',
      'mcpServers.b.oauth: the hub does not log in to servers; give it a token in headers',
      'users: this hub has no users and no dashboard; who may enter is said by bearerKeys',
      'groups[0].servers[0].pinnedTools: the key is not known and has no effect',
    ]);
  });
});

describe('one bad entry', () => {
  it('costs that entry, whatever is wrong with it', () => {
    const { settings, faults } = load({
      mcpServers: { good: { command: 'x' }, typed: { command: 5 }, empty: {}, nothing: null, text: 'npx x' },
      groups: [5, { name: 'g', servers: [1] }, { servers: [] }, { name: 'h', servers: ['good'] }],
    });
    expect(where(faults)).to.deep.equal([
      'mcpServers.typed.command',
      'mcpServers.empty',
      'mcpServers.nothing',
      'mcpServers.text',
      'groups[0]',
      'groups[1].servers[0]',
      'groups[2].name',
    ]);
    expect(Object.keys(settings.mcpServers)).to.deep.equal(['good', 'typed', 'empty', 'nothing', 'text']);
    expect(settings.mcpServers.good).to.deep.equal({ command: 'x' });
    expect(settings.mcpServers.typed).to.deep.equal({ refused: faults[0] });
    expect(settings.groups).to.deep.equal([
      { name: 'g', servers: [] },
      { name: 'h', servers: ['good'] },
    ]);
  });

  it('is listed with the others where the whole is refused', () => {
    const value = {
      mcpServers: { a: { command: 5 } },
      bearerKeys: [{}],
      systemConfig: { cluster: { enabled: 'yes' } },
    };
    expect(where(refused(() => load(value)).problems)).to.deep.equal([
      'mcpServers.a.command',
      'bearerKeys[0].token',
      'systemConfig.cluster.enabled',
    ]);
  });

  it('cannot be made by the file itself', () => {
    expect(load({ mcpServers: { a: { command: 'x', refused: 'no' } } }).settings.mcpServers.a).to.deep.equal({
      command: 'x',
    });
  });
});
