import { expect } from 'chai';
import { SettingsError } from '../../settings/errors.ts';
import { settingsFromText } from '../../settings/load.ts';
import { shownUrl } from '../../settings/shown-url.ts';

const SECRET = '9812345678901';
const ENV = { SECRET, WORD: 'correct-horse' };

function problemsOf(settings: object): string {
  try {
    const { faults } = settingsFromText(JSON.stringify(settings), ENV);
    return faults.length === 0 ? '' : new SettingsError('MCPHUB_SETTINGS_INVALID', faults).message;
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

describe('settings that are not valid', () => {
  const number = Number(SECRET);
  const wrong: Record<string, object> = {
    'a token without quotes': { bearerKeys: [{ token: number }] },
    'a header without quotes': { mcpServers: { a: { url: 'http://a', headers: { 'X-Key': number } } } },
    'a variable without quotes': { mcpServers: { a: { command: 'a', env: { KEY: number } } } },
    'an argument without quotes': { mcpServers: { a: { command: 'a', args: ['--key', number] } } },
    'a cluster token without quotes': { systemConfig: { cluster: { token: number } } },
    'a list of secrets without quotes': { systemConfig: { cluster: { secret: [number] } } },
    'a variable where one of some words is expected': { mcpServers: { a: { type: '$SECRET', url: 'http://a' } } },
    'a variable where a number is expected': { mcpServers: { a: { command: 'a', options: { timeout: '$SECRET' } } } },
    'a variable where a boolean is expected': { mcpServers: { a: { command: 'a', enabled: '$SECRET' } } },
    'a variable where an address is expected': { systemConfig: { cluster: { node: { url: '$SECRET' } } } },
    'a query in an address': { systemConfig: { cluster: { node: { coordinatorUrl: `http://c/?key=${SECRET}` } } } },
    'a user in an address': { systemConfig: { cluster: { node: { url: `http://${SECRET}:${SECRET}@c/` } } } },
    'a variable where a node id is expected': { systemConfig: { cluster: { node: { id: '$SECRET x' } } } },
    'a variable where a name is expected': {
      mcpServers: { a: { command: 'a', tools: { t: { name: '$SECRET x' } } } },
    },
    'a variable where the name of a header is expected': {
      mcpServers: { a: { url: 'http://a', passthroughHeaders: ['$SECRET x'] } },
    },
    'a variable where a list is expected': { mcpServers: { a: { command: 'a', args: '$SECRET' } } },
    'a variable where an object is expected': { mcpServers: { a: '$SECRET' } },
  };
  for (const [what, settings] of Object.entries(wrong)) {
    it(`do not show what may be a secret: ${what}`, () => {
      expect(problemsOf(settings)).to.include('The settings are not valid').and.not.include(SECRET);
    });
  }

  it('show the word that the file itself has in place of a known one', () => {
    expect(problemsOf({ mcpServers: { a: { type: 'pigeon', url: 'http://a' } } })).to.include('got "pigeon"');
  });
});

describe('headers that must not go on to a server', () => {
  const passing = (header: string, more: object = {}) =>
    problemsOf({ mcpServers: { a: { url: 'http://a', passthroughHeaders: [header] } }, ...more });

  it('are errors: those of the hub and its members, and of one hop', () => {
    for (const header of ['X-MCPHub-Cluster-Token', 'x-mcphub-authorization', 'Mcp-Session-Id', 'Connection', 'Host']) {
      expect(passing(header), header).to.match(
        /^.*\n {2}mcpServers\.a\.passthroughHeaders\[0\]: .* which no server gets/,
      );
    }
    for (const header of ['X-Tenant', 'Cookie', 'Authorization']) expect(passing(header)).to.equal('');
  });

  it('are errors: Authorization, where it is the key of the hub', () => {
    const expected = 'mcpServers.a.passthroughHeaders[0]: with bearer keys, Authorization is the key of the hub';
    const key = { bearerKeys: [{ token: 'abc' }] };
    expect(passing('authorization', key)).to.include(expected);
    expect(passing('Authorization', { systemConfig: { routing: { bearerAuthKey: 'abc' } } })).to.include(expected);
    expect(passing('Authorization', { systemConfig: { routing: { enableBearerAuth: true } } })).to.include(expected);
    expect(passing('X-Tenant', key)).to.equal('');
  });
});

describe('an address', () => {
  it('is shown without what may be secret', () => {
    const shown = (url: string) => shownUrl(new URL(url));
    expect(shown('https://me:pw@host:8443/a/mcp?key=1#x')).to.equal('https://host:8443/a/mcp');
    expect(shown('https://host/s/NTcyZjA0MGMtZTk3OC00Mjlk/mcp')).to.equal('https://host/s/***/mcp');
    expect(shown('https://host/some-rather-long-name-of-a-server/mcp')).to.equal(
      'https://host/some-rather-long-name-of-a-server/mcp',
    );
  });
});
