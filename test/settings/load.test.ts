// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { clusterModeOf } from '../../settings/cluster-mode.ts';
import { loadSettings, parseSettings, settingsFromText } from '../../settings/load.ts';
import { transportOf } from '../../settings/transport.ts';
import { refused } from './refused.ts';

const load = (value: unknown, env: Record<string, string> = {}) => settingsFromText(JSON.stringify(value), env);

describe('settings/load', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcphub-load-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe('what is accepted', () => {
    it('starts with empty settings when there is no file, and says so when one was named', () => {
      expect(loadSettings(undefined, {})).to.deep.equal({ settings: parseSettings({}), faults: [], warnings: [] });
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
            visibility: 'public',
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
      expect(warnings.map((warning) => warning.slice(0, warning.indexOf(': ')))).to.deep.equal([
        'mcpServers.amap.owner',
        'mcpServers.remote.keepAliveInterval',
        'mcpServers.remote.enableKeepAlive',
        'mcpServers.timed.proxy',
        'users',
        'groups[0].owner',
        'bearerKeys[0].kind',
        'systemConfig.routing.jsonBodyLimit',
        'systemConfig.install.baseUrl',
        'systemConfig.smartRouting',
        'systemConfig.mcpRouter',
        'systemConfig.oauthServer',
        'systemConfig.enableSessionRebuild',
        'userConfigs',
        'oauthClients',
        'prompts',
        'resources',
      ]);
    });

    it('takes a coordinator that is nothing but enabled, with the defaults of the guide and sticky sessions on', () => {
      const { settings } = load({ systemConfig: { cluster: { enabled: true, mode: 'coordinator' } } });
      const { cluster } = settings.systemConfig;
      expect(clusterModeOf(settings)).to.equal('coordinator');
      expect(cluster.coordinator).to.deep.equal({
        nodeTimeout: 15000,
        cleanupInterval: 30000,
        stickySessionTimeout: 3600000,
        maxSessionAge: 604800000,
        drainDelay: 3000,
        drainTimeout: 30000,
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

    it('infers the transport: a server at a URL without a type is asked', () => {
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
        'remote',
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

    it('reads an example with comments as the guide writes them', () => {
      const text = `{
        "mcpServers": {
          // Your MCP server configurations
          "fetch": { "command": "uvx", "args": ["mcp-server-fetch",] }, /* more later */
        },
      }`;
      expect(settingsFromText(text, {}).settings.mcpServers).to.deep.equal({
        fetch: { command: 'uvx', args: ['mcp-server-fetch'] },
      });
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
        'mcpServers.a.url: the variable NOWHERE is not set; it counts as empty',
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
        'bearerKeys[0].token: ${KEY} is not set',
      ]);
      const half = { bearerKeys: [{ token: 'key-${KEY}' }, { token: 'other-$KEY', enabled: false }] };
      expect(refused(() => load(half)).problems).to.deep.equal(['bearerKeys[0].token: ${KEY} is not set']);
    });

    it('takes an unset variable as the id of a node for the default, not for an empty id', () => {
      const node = { id: '$POD', name: '$POD', url: '$URL', coordinatorUrl: 'http://c' };
      const { settings } = load({ systemConfig: { cluster: { enabled: true, mode: 'node', node } } });
      expect(settings.systemConfig.cluster.node).not.to.have.any.keys('id', 'name', 'url');
    });
  });
});
