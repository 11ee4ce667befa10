// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { clusterModeOf } from '../../settings/cluster-mode.ts';
import { SettingsError } from '../../settings/errors.ts';
import { findSettingsFile, loadSettings, parseSettings, settingsFromText } from '../../settings/load.ts';
import { transportOf } from '../../settings/transport.ts';

function refused(run: () => unknown): SettingsError {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

const problemsOf = (value: unknown) => refused(() => parseSettings(value)).problems;
const load = (value: unknown, env: Record<string, string> = {}) => settingsFromText(JSON.stringify(value), env);

describe('settings/load', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcphub-load-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe('findSettingsFile', () => {
    it('takes a path that ends in .json as the file, anything else as its folder, there or not', () => {
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: '/etc/hub/my.json' }, folder)).to.equal('/etc/hub/my.json');
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: '/etc/hub' }, folder)).to.equal('/etc/hub/mcp_settings.json');
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: 'conf/' }, folder)).to.equal(
        join(folder, 'conf/mcp_settings.json'),
      );
    });

    it('looks in the working directory, then in its parent', async () => {
      const child = join(folder, 'child');
      await mkdir(child);
      expect(findSettingsFile({}, child)).to.equal(undefined);
      await writeFile(join(folder, 'mcp_settings.json'), '{}');
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: '' }, child)).to.equal(join(folder, 'mcp_settings.json'));
      await writeFile(join(child, 'mcp_settings.json'), '{}');
      expect(findSettingsFile({}, child)).to.equal(join(child, 'mcp_settings.json'));
    });
  });

  describe('what is accepted', () => {
    it('starts with empty settings when there is no file, and says so when one was named', () => {
      expect(loadSettings(undefined, {})).to.deep.equal({ settings: parseSettings({}), warnings: [] });
      const path = join(folder, 'none.json');
      expect(loadSettings(path, {}).warnings).to.deep.equal([
        `${path}: there is no such file; starting with empty settings`,
      ]);
    });

    it('takes all keys of MCPHub unchanged, and keeps those that it does not know', () => {
      const original = {
        mcpServers: {
          amap: {
            command: 'npx',
            args: ['-y', '@amap/amap-maps-mcp-server'],
            env: { KEY: 'k' },
            owner: 'admin',
            visibility: 'group',
          },
          fetch: {
            command: 'uvx',
            args: ['mcp-server-fetch'],
            tools: { 'fetch-fetch_url': { enabled: false, description: 'x' } },
          },
          remote: {
            type: 'streamable-http',
            url: 'http://a/mcp',
            headers: { A: 'b' },
            keepAliveInterval: 60000,
            enableKeepAlive: true,
          },
          timed: {
            url: 'http://a/sse',
            options: { timeout: 1, resetTimeoutOnProgress: true, maxTotalTimeout: 2 },
            proxy: { enabled: false },
          },
          api: { type: 'openapi', openapi: { url: 'http://a/openapi.json', version: '3.1.0' }, enabled: false },
        },
        users: [{ username: 'admin', password: '$2b$10$HASH', isAdmin: true }],
        groups: [
          {
            id: 'g',
            name: 'g',
            description: '',
            servers: ['amap', { name: 'fetch', tools: 'all', alias: 'f' }],
            owner: 'admin',
          },
        ],
        bearerKeys: [
          { id: 'k', name: 'k', token: 't', enabled: true, kind: 'system', accessType: 'groups', allowedGroups: ['g'] },
        ],
        systemConfig: {
          routing: {
            enableGlobalRoute: true,
            enableGroupNameRoute: true,
            enableBearerAuth: false,
            bearerAuthKey: '',
            skipAuth: false,
            jsonBodyLimit: '1mb',
          },
          install: { pythonIndexUrl: '', npmRegistry: '', baseUrl: 'http://localhost:3000' },
          smartRouting: { enabled: false },
          mcpRouter: { apiKey: '' },
          oauthServer: { enabled: true },
          enableSessionRebuild: false,
        },
        userConfigs: {},
        oauthClients: [],
        prompts: [],
        resources: [],
      };
      const { settings, warnings } = load(original);
      expect(settings.mcpServers).to.deep.equal(original.mcpServers);
      expect(settings.users).to.deep.equal(original.users);
      expect(settings.systemConfig.smartRouting).to.deep.equal({ enabled: false });
      expect(warnings).to.deep.equal([]);
    });

    it('takes a coordinator that is nothing but enabled, with the defaults of the guide and sticky sessions on', () => {
      const { settings } = load({ systemConfig: { cluster: { enabled: true, mode: 'coordinator' } } });
      const { cluster } = settings.systemConfig;
      expect(clusterModeOf(settings)).to.equal('coordinator');
      expect(cluster.coordinator).to.deep.equal({
        nodeTimeout: 15000,
        cleanupInterval: 30000,
        stickySessionTimeout: 3600000,
      });
      expect(cluster.stickySession).to.deep.equal({
        enabled: true,
        strategy: 'consistent-hash',
        cookieName: 'MCPHUB_NODE',
        headerName: 'X-MCPHub-Node',
      });
    });

    it('stands alone unless the cluster is enabled, whatever mode says', () => {
      const node = { mode: 'node', node: { coordinatorUrl: 'http://a:3000' } };
      const modeOf = (cluster: object, env = {}) => clusterModeOf(load({ systemConfig: { cluster } }, env).settings);
      expect(modeOf(node)).to.equal('standalone');
      expect(modeOf({ ...node, enabled: false })).to.equal('standalone');
      expect(modeOf({ ...node, enabled: true })).to.equal('node');
      expect(modeOf({ enabled: true })).to.equal('standalone');
      expect(modeOf({ ...node, enabled: false }, { MCPHUB_CLUSTER_MODE: 'node' })).to.equal('node');
    });

    it('takes one coordinator, several in a list, and several in one text', () => {
      const urls = (coordinatorUrl: unknown) =>
        load({ systemConfig: { cluster: { enabled: true, mode: 'node', node: { coordinatorUrl } } } }).settings
          .systemConfig.cluster.node.coordinatorUrl;
      expect(urls('http://a:3000')).to.deep.equal(['http://a:3000']);
      expect(urls(['http://a', 'http://b/'])).to.deep.equal(['http://a', 'http://b']);
      expect(urls('http://a, http://b')).to.deep.equal(['http://a', 'http://b']);
    });

    it('infers the transport as MCPHub does: a URL without a type is sse', () => {
      const { mcpServers } = parseSettings({
        mcpServers: {
          a: { url: 'http://a' },
          b: { command: 'b' },
          c: { url: 'http://c', type: 'streamable-http' },
          d: { openapi: { url: 'http://d' } },
          e: { command: 'e', url: 'http://e', type: 'stdio' },
        },
      });
      expect(Object.values(mcpServers).map(transportOf)).to.deep.equal([
        'sse',
        'stdio',
        'streamable-http',
        'openapi',
        'stdio',
      ]);
    });

    it('reads a file that an editor saved with a byte order mark', async () => {
      const path = join(folder, 'mcp_settings.json');
      await writeFile(path, '\uFEFF{"mcpServers":{"a":{"command":"x"}}}');
      expect(loadSettings(path, {}).settings.mcpServers).to.have.keys('a');
    });

    it('leaves the file as it was', async () => {
      const path = join(folder, 'mcp_settings.json');
      const text = '{ "mcpServers": {}, "users": [] }';
      await writeFile(path, text, { mode: 0o400 });
      loadSettings(path, {});
      expect(await readFile(path, 'utf8')).to.equal(text);
    });
  });

  describe('variables', () => {
    it('expands servers, the cluster and tokens of keys, and nothing else', () => {
      const { settings } = load(
        {
          mcpServers: { s: { command: '$CMD', args: ['${A}'], env: { T: '$A' } }, r: { url: 'http://${A}/' } },
          groups: [{ name: '$A', servers: ['$A'] }],
          bearerKeys: [{ name: '$A', token: '$A' }],
          systemConfig: {
            routing: { bearerAuthKey: '$A' },
            cluster: {
              enabled: true,
              mode: 'node',
              token: '${A}',
              node: { id: 'n-$A', coordinatorUrl: 'http://$A:3000' },
            },
          },
        },
        { CMD: 'run', A: 'x' },
      );
      expect(settings.mcpServers).to.deep.equal({
        s: { command: 'run', args: ['x'], env: { T: 'x' } },
        r: { url: 'http://x/' },
      });
      expect(settings.groups[0]).to.deep.equal({ name: '$A', servers: ['$A'] });
      expect(settings.bearerKeys[0]).to.include({ name: '$A', token: 'x' });
      expect(settings.systemConfig.routing.bearerAuthKey).to.equal('$A');
      expect(settings.systemConfig.cluster).to.deep.include({ token: ['x'] });
      expect(settings.systemConfig.cluster.node).to.include({ id: 'n-x' });
      expect(settings.systemConfig.cluster.node.coordinatorUrl).to.deep.equal(['http://x:3000']);
    });

    it('starts the other servers when the URL of one comes from an unset variable', () => {
      const { settings, warnings } = load({
        mcpServers: { a: { url: '$NOWHERE' }, b: { command: 'b' }, c: { enabled: false, url: '$C' } },
      });
      expect(settings.mcpServers).to.have.keys('a', 'b', 'c');
      expect(warnings).to.deep.equal([
        'mcpServers.a.url: the environment variable NOWHERE is not set; it counts as empty',
        'mcpServers.a.url: it is empty, so this server cannot start',
      ]);
    });

    it('does not run an open cluster because the variable of its token is unset', () => {
      const settings = {
        systemConfig: { cluster: { enabled: true, mode: 'coordinator', token: '$CLUSTER_TOKEN', secret: ['${S1}'] } },
      };
      expect(refused(() => load(settings)).problems).to.deep.equal([
        'systemConfig.cluster.token: it is empty, because CLUSTER_TOKEN is not set; set it, or remove the key',
        'systemConfig.cluster.secret: it is empty, because S1 is not set; set it, or remove the key',
      ]);
      const { cluster } = load(settings, { MCPHUB_CLUSTER_TOKEN: 't', S1: 's' }).settings.systemConfig;
      expect(cluster).to.deep.include({ token: ['t'], secret: ['s'] });
    });

    it('does not open the hub because the variable of a bearer key is unset', () => {
      expect(refused(() => load({ bearerKeys: [{ token: '$KEY' }] })).problems).to.deep.equal([
        'bearerKeys[0].token: must not be empty',
      ]);
    });

    it('takes an unset variable as the id of a node for the default, not for an empty id', () => {
      const node = { id: '$POD', name: '$POD', url: '$URL', coordinatorUrl: 'http://c' };
      const { settings } = load({ systemConfig: { cluster: { enabled: true, mode: 'node', node } } });
      expect(settings.systemConfig.cluster.node).not.to.have.any.keys('id', 'name', 'url');
    });
  });

  describe('what is refused', () => {
    it('names file, line and column of bad JSON', async () => {
      const path = join(folder, 'mcp_settings.json');
      await writeFile(path, '{\n  "mcpServers": {},\n  // none yet\n}\n');
      const error = refused(() => loadSettings(path, {}));
      expect(error).to.include({ code: 'MCPHUB_SETTINGS_JSON', file: path });
      expect(error.message).to.equal(
        `The settings file is not valid JSON (${path}):\n  ${path}:3:3: JSON has no comments; remove this // comment`,
      );
    });

    it('says what a directory in place of the file is likely to be, and refuses text that is not UTF-8', async () => {
      await mkdir(join(folder, 'd.json'));
      const directory = refused(() => loadSettings(join(folder, 'd.json'), {}));
      expect(directory.code).to.equal('MCPHUB_SETTINGS_UNREADABLE');
      expect(directory.message).to.contain('is a directory (Docker makes one');
      await writeFile(join(folder, 'u.json'), Buffer.from('{"a":"é"}', 'utf16le').fill(0xff, 0, 1));
      expect(refused(() => loadSettings(join(folder, 'u.json'), {})).message).to.contain('save it as UTF-8');
    });

    it('lists all problems at once, each with its path, what is there and what is right', () => {
      expect(
        problemsOf({
          mcpServers: {
            fetch: { type: 'http', command: 5, args: ['x', 8080], env: { A: 1, B: true }, enabled: 'true' },
            'my server': {},
            web: { type: 'sse', command: 'x' },
            run: { type: 'stdio', url: 'http://a' },
          },
          groups: [{ servers: [1, { name: 'x', tools: 'some' }] }],
          bearerKeys: {},
          systemConfig: {
            nameSeparator: ' ',
            cluster: {
              enabled: 'yes',
              mode: 'worker',
              token: [1],
              node: { id: 'a b', url: 'ftp://x', heartbeatInterval: 0.5, coordinatorUrl: ['coordinator:3000'] },
              coordinator: { nodeTimeout: '15s', cleanupInterval: -1, stickySessionTimeout: 9e12 },
              stickySession: { strategy: 'random', cookieName: 'a;b' },
            },
          },
        }),
      ).to.deep.equal([
        'mcpServers.fetch.type: expected one of "stdio", "sse", "streamable-http", "openapi", got "http"; write "streamable-http" (or "sse")',
        'mcpServers.fetch.command: expected string, got number; write "5" in double quotes',
        'mcpServers.fetch.args[1]: expected string, got number; write "8080" in double quotes',
        'mcpServers.fetch.env.A: expected string, got number; write "1" in double quotes',
        'mcpServers.fetch.env.B: expected string, got boolean; write "true" in double quotes',
        'mcpServers.fetch.enabled: expected boolean, got string; write true or false without quotes',
        'mcpServers["my server"]: needs "command" (a program to start) or "url" (a remote server)',
        'mcpServers.web: a sse server needs "url": the address of its endpoint',
        'mcpServers.run: a stdio server needs "command": the program to start',
        'groups[0].name: expected string, got nothing',
        `groups[0].servers[0]: expected string or object, got number; write a server's name, or { "name": "fetch", "tools": ["fetch_url"] }`,
        `groups[0].servers[1].tools: expected array or "all", got string; write a list of bare names ["fetch_url"], or "all"`,
        'bearerKeys: expected array, got object; write a list of keys: [{ "name": "ci", "token": "..." }]',
        'systemConfig.nameSeparator: must be 1 to 8 characters of A-Z a-z 0-9 _ . -',
        'systemConfig.cluster.enabled: expected boolean, got string; write true or false without quotes',
        'systemConfig.cluster.mode: expected one of "standalone", "node", "coordinator", got "worker"',
        'systemConfig.cluster.token[0]: expected string, got number; write "1" in double quotes',
        'systemConfig.cluster.node.id: must be 1 to 253 characters of A-Z a-z 0-9 . _ : @ -',
        'systemConfig.cluster.node.url: "ftp://x" is not an http or https URL; write one such as http://coordinator:3000',
        'systemConfig.cluster.node.coordinatorUrl: "coordinator:3000" is not an http or https URL; write one such as http://coordinator:3000',
        'systemConfig.cluster.node.heartbeatInterval: expected whole number, got fraction; write a whole number of milliseconds, such as 5000',
        'systemConfig.cluster.coordinator.nodeTimeout: expected number, got string; write a whole number of milliseconds, such as 5000',
        'systemConfig.cluster.coordinator.cleanupInterval: must be above 0, got -1; write a whole number of milliseconds, such as 5000',
        'systemConfig.cluster.coordinator.stickySessionTimeout: must be at most 2147483647, got 9000000000000; write a whole number of milliseconds, such as 5000',
        'systemConfig.cluster.stickySession.strategy: expected one of "consistent-hash", "cookie", "header", got "random"',
        "systemConfig.cluster.stickySession.cookieName: must be letters, digits and !#$%&'*+.^_`|~- (RFC 9110, section 5.6.2)",
      ]);
    });

    for (const [name, value, problem] of [
      ['a list', [], 'the whole file: expected object, got array'],
      ['null', null, 'the whole file: expected object, got null'],
      [
        'a list of servers',
        { mcpServers: [] },
        'mcpServers: expected object, got array; write an object of servers by name: { "fetch": { "command": "uvx", "args": ["mcp-server-fetch"] } }',
      ],
      [
        'arguments in one text',
        { mcpServers: { a: { command: 'x', args: '-y x' } } },
        'mcpServers.a.args: expected array, got string; write a list of strings, one for each argument: ["-y", "some-package"]',
      ],
      [
        'an absent server',
        { mcpServers: { a: null } },
        'mcpServers.a: expected object, got null; write { "command": ... } or { "url": ... }',
      ],
    ] as const) {
      it(`explains ${name} where an object of settings belongs`, () =>
        expect(problemsOf(value)).to.deep.equal([problem]));
    }

    it('does not lose a server named __proto__ silently', () => {
      const error = refused(() => settingsFromText('{"mcpServers":{"__proto__":{"command":"x"}}}', {}));
      expect(error.problems).to.deep.equal(['mcpServers.__proto__: a server cannot have this name; choose another']);
    });

    it('does not start a node that knows no coordinator', () => {
      const settings = { systemConfig: { cluster: { enabled: true, mode: 'node' } } };
      expect(refused(() => load(settings)).message).to.contain(
        'Node configuration is required for cluster node mode; add "node": { "coordinatorUrl"',
      );
      expect(
        load(settings, { MCPHUB_COORDINATOR_URL: 'http://c' }).settings.systemConfig.cluster.node.coordinatorUrl,
      ).to.deep.equal(['http://c']);
    });

    it('refuses a bad environment together with a good file', () => {
      expect(refused(() => load({}, { PORT: 'x' })).code).to.equal('MCPHUB_SETTINGS_ENVIRONMENT');
    });
  });

  describe('what is warned about', () => {
    const warningsOf = (value: unknown) => load(value).warnings;

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
  });
});
