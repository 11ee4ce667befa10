import { expect } from 'chai';
import { settingsDiff } from '../../settings/diff.ts';
import { parseSettings } from '../../settings/load.ts';

const servers = (mcpServers: object) => parseSettings({ mcpServers }).mcpServers;
const base = { command: 'npx', args: ['a'], env: { A: '1', B: '2' } };
const diffOf = (before: object, after: object) => settingsDiff(servers({ s: before }), servers({ s: after }));
const NONE = { added: [], removed: [], changed: [], adjusted: [] };

describe('settings/diff', () => {
  it('restarts nothing when only other servers came or went', () => {
    const before = servers({ stay: base, go: base });
    const after = servers({ come: base, stay: base });
    expect(settingsDiff(before, after)).to.deep.equal({ ...NONE, added: ['come'], removed: ['go'] });
  });

  it('restarts nothing when keys are in another order or defaults are written out', () => {
    const same = { env: { B: '2', A: '1' }, args: ['a'], command: 'npx' };
    expect(diffOf(base, same)).to.deep.equal(NONE);
    expect(diffOf(base, { ...base, type: 'stdio', enabled: true }).changed).to.deep.equal([]);
  });

  for (const change of [
    { command: 'uvx' },
    { args: ['b'] },
    { args: ['a', 'b'] },
    { env: { A: '1' } },
    { cwd: '/tmp' },
    { perSessionClient: true },
    { startOnDemand: true },
    { idleTimeoutMs: 5 },
    { options: { timeout: 5 } },
    { enabled: false },
  ]) {
    it(`restarts a server after ${JSON.stringify(change)}`, () => {
      expect(diffOf(base, { ...base, ...change })).to.deep.equal({ ...NONE, changed: ['s'] });
    });
  }

  it('restarts a remote server after a change of its URL, headers or transport', () => {
    const remote = { url: 'http://a/mcp', headers: { A: '1' } };
    expect(diffOf(remote, { ...remote, url: 'http://b/mcp' }).changed).to.deep.equal(['s']);
    expect(diffOf(remote, { ...remote, headers: { A: '2' } }).changed).to.deep.equal(['s']);
    expect(diffOf(remote, { ...remote, type: 'streamable-http' }).changed).to.deep.equal(['s']);
    expect(diffOf(remote, { ...remote, type: 'sse' }).changed).to.deep.equal(['s']);
  });

  for (const change of [
    { tools: { x: { enabled: false } } },
    { prompts: { x: { description: 'y' } } },
    { resources: { 'a://b': { enabled: false } } },
    { description: 'other' },
    { owner: 'someone' },
  ]) {
    it(`keeps the process after ${JSON.stringify(change)}`, () => {
      expect(diffOf(base, { ...base, ...change })).to.deep.equal({ ...NONE, adjusted: ['s'] });
    });
  }

  it('restarts programs, and not remote servers, when the registries in their environment changed', () => {
    const both = servers({ program: base, remote: { url: 'http://a/' } });
    expect(settingsDiff(both, both, false)).to.deep.equal({ ...NONE, changed: ['program'] });
  });

  it('does not take a name from the prototype of an object for a server', () => {
    expect(settingsDiff(servers({}), servers({ constructor: base })).added).to.deep.equal(['constructor']);
  });
});
