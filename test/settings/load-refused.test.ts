import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadSettings, parseSettings, settingsFromText } from '../../settings/load.ts';
import { refused } from './refused.ts';

const problemsOf = (value: unknown) => refused(() => parseSettings(value)).problems;
const load = (value: unknown, env: Record<string, string> = {}) => settingsFromText(JSON.stringify(value), env);

describe('settings/load refuses', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcphub-load-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('names file, line and column of bad JSON', async () => {
    const path = join(folder, 'mcp_settings.json');
    await writeFile(path, '{\n  "mcpServers": {},\n  # none yet\n}\n');
    const error = refused(() => loadSettings(path, {}));
    expect(error).to.include({ code: 'MCPHUB_SETTINGS_JSON', file: path });
    expect(error.message).to.equal(
      `The settings file is not valid JSON (${path}):\n  ${path}:3:3: expected a key in double quotes; a comment starts with //, not with #`,
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
          fetch: { type: 'websocket', command: 5, args: ['x', 8080], env: { A: 1, B: true }, enabled: 'true' },
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
      'mcpServers.fetch.type: expected one of "stdio", "sse", "streamable-http", "openapi", got "websocket"',
      'mcpServers.fetch.command: expected string, got number; write it in double quotes',
      'mcpServers.fetch.args[1]: expected string, got number; write it in double quotes',
      'mcpServers.fetch.env.A: expected string, got number; write it in double quotes',
      'mcpServers.fetch.env.B: expected string, got boolean; write it in double quotes',
      'mcpServers.fetch.enabled: expected boolean, got string; write true or false without quotes',
      'mcpServers["my server"]: needs "command" (a program to start) or "url" (a remote server)',
      'mcpServers.web: a sse server needs "url": the address of its endpoint',
      'mcpServers.run: a stdio server needs "command": the program to start',
      'groups[0].name: expected string, got nothing',
      `groups[0].servers[0]: expected string or object, got number; write a server's name, or { "name": "fetch", "tools": ["fetch_url"] }`,
      `groups[0].servers[1].tools: expected array or "all" or object, got string; write a list of bare names ["fetch_url"], or "all"`,
      'bearerKeys: expected array, got object; write a list of keys: [{ "name": "ci", "token": "..." }]',
      'systemConfig.nameSeparator: must be 1 to 8 characters of A-Z a-z 0-9 _ . -',
      'systemConfig.cluster.enabled: expected boolean, got string; write true or false without quotes',
      'systemConfig.cluster.mode: expected one of "standalone", "node", "coordinator", got "worker"',
      'systemConfig.cluster.token[0]: expected string, got number; write it in double quotes',
      'systemConfig.cluster.node.id: must be 1 to 253 characters of A-Z a-z 0-9 . _ : @ -',
      'systemConfig.cluster.node.url: it is not an http or https URL; write one such as http://coordinator:3000',
      'systemConfig.cluster.node.coordinatorUrl: it is not an http or https URL; write one such as http://coordinator:3000',
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

  it('does not let new names of tools be empty, odd, too long or given twice', () => {
    const tools = { a: { name: '' }, b: { name: 'x y' }, c: { name: 'z'.repeat(65) }, d: { name: 'same' } };
    const rule = 'must be 1 to 64 characters of A-Z a-z 0-9 _ . -';
    expect(
      problemsOf({
        mcpServers: { s: { command: 'x', tools: { ...tools, e: { name: 5 } } } },
        groups: [
          { name: 'g', servers: [{ name: 's', alias: 'a b', tools: tools, resources: { 'f://': { enabled: 1 } } }] },
        ],
      }),
    ).to.deep.equal([
      `mcpServers.s.tools.a.name: ${rule}`,
      `mcpServers.s.tools.b.name: ${rule}`,
      `mcpServers.s.tools.c.name: ${rule}`,
      'mcpServers.s.tools.e.name: expected string, got number; write it in double quotes',
      `groups[0].servers[0].alias: ${rule}`,
      `groups[0].servers[0].tools.a.name: ${rule}`,
      `groups[0].servers[0].tools.b.name: ${rule}`,
      `groups[0].servers[0].tools.c.name: ${rule}`,
      'groups[0].servers[0].resources["f://"].enabled: expected boolean, got number; write true or false without quotes',
    ]);
    const twice = { d: { name: 'same' }, 'my tool': { name: 'same' }, off: { name: 'same', enabled: false } };
    const already = 'name: "same" is the new name of "d" already; write another one';
    expect(
      problemsOf({
        mcpServers: { s: { command: 'x', prompts: twice } },
        groups: [{ name: 'g', servers: ['s', { name: 's', tools: twice }] }],
      }),
    ).to.deep.equal([`mcpServers.s.prompts["my tool"].${already}`, `groups[0].servers[1].tools["my tool"].${already}`]);
  });

  it('does not lose a server named __proto__ silently', () => {
    const { faults } = settingsFromText('{"mcpServers":{"__proto__":{"command":"x"}}}', {});
    expect(faults).to.deep.equal(['mcpServers.__proto__: a server cannot have this name; choose another']);
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
