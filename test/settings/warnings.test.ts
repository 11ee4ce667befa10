import { expect } from 'chai';
import { settingsFromText } from '../../settings/load.ts';

describe('settings/warnings', () => {
  const warningsOf = (value: unknown) => settingsFromText(JSON.stringify(value), {}).warnings;

  it('names unusual names, servers that are not served, and keys that are there twice', () => {
    const text =
      '{"mcpServers":{"a b":{"command":"x"},"api":{"type":"openapi"},"x..y":{"command":"z"},"a b":{"command":"y"}}}';
    expect(settingsFromText(text, {}).warnings).to.deep.equal([
      'mcpServers["a b"]: the key is there twice, again at 1:86; only the last one counts',
      'mcpServers["a b"]: the name should be 1 to 128 characters of A-Z a-z 0-9 . _ - without ".."',
      'mcpServers.api: openapi servers are not served; the entry is kept and ignored',
      'mcpServers["x..y"]: the name should be 1 to 128 characters of A-Z a-z 0-9 . _ - without ".."',
    ]);
  });

  it('names groups that hide each other, and servers of groups that do not exist', () => {
    expect(
      warningsOf({
        groups: [
          { name: 'a', servers: ['x'] },
          { id: 'a', name: 'b' },
        ],
      }),
    ).to.deep.equal([
      'groups[0].servers: "x" is not in mcpServers',
      'groups[1]: another group before it is called "a" as well and wins',
    ]);
  });

  it('does not warn a coordinator of servers that its nodes have', () => {
    expect(
      warningsOf({
        groups: [{ name: 'a', servers: ['x'] }],
        systemConfig: { cluster: { enabled: true, mode: 'coordinator' } },
      }),
    ).to.deep.equal([]);
  });

  it('names a hub that nobody can enter, and heartbeats that come too late', () => {
    const cluster = { enabled: true, mode: 'coordinator', node: { heartbeatInterval: 15000 } };
    const warnings = warningsOf({ systemConfig: { routing: { enableBearerAuth: true }, cluster } });
    expect(warnings[0]).to.match(/^systemConfig\.routing\.enableBearerAuth: .* no client can connect$/);
    expect(warnings[1]).to.match(/^systemConfig\.cluster\.node\.heartbeatInterval: 15000 ms is not below/);
  });

  it('names keys that share an id, since they share sessions', () => {
    const bearerKeys = [{ token: 'a' }, { id: 'k', token: 'b' }, { id: 'k', token: 'c' }];
    expect(warningsOf({ bearerKeys })).to.deep.equal([
      'bearerKeys[2].id: another key has it as well, so both can use the same sessions',
    ]);
  });

  it('names servers and aliases whose tools could be taken for those of others', () => {
    const command = { command: 'x' };
    const groups = [
      { name: 'one', servers: ['git', 'git-hub', { name: 'other', alias: 'git-lab' }] },
      {
        name: 'two',
        servers: [
          { name: 'git', alias: 'g' },
          { name: 'git-hub', alias: 'g' },
        ],
      },
    ];
    const mcpServers = { 'git-hub': command, git: command, other: command, 'git-off': { ...command, enabled: false } };
    const warned = warningsOf({ mcpServers, groups });
    expect(warned).to.have.length(3);
    expect(warned[0]).to.match(/^mcpServers: .* "git-hub-" belong to "git-hub", so those of "git" /);
    expect(warned[1]).to.match(/^groups\[0\]\.servers: .* "git-lab-" belong to "git-lab", so those of "git" /);
    expect(warned[2]).to.match(/^groups\[1\]\.servers: "git" and "git-hub" are both shown as "g"; /);
    expect(warningsOf({ mcpServers, systemConfig: { nameSeparator: '__' } })).to.deep.equal([]);
  });
});
