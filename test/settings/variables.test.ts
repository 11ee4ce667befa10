// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadSettings } from '../../settings/load.ts';
import type { Settings } from '../../settings/schema.ts';
import { openSettings, type SettingsSource } from '../../settings/store.ts';
import { until } from '../support/until.ts';
import { refused } from './refused.ts';

const SETTINGS = JSON.stringify({
  mcpServers: { search: { type: 'streamable-http', url: 'http://a/mcp', headers: { 'X-Key': '${search/KEY}' } } },
  systemConfig: { cluster: { enabled: true, mode: 'coordinator', token: '${cluster/token}' } },
});
const variables = (key: string) => JSON.stringify({ 'search/KEY': key, 'cluster/token': `${key}-token` });
const keyOf = (settings: Settings) => settings.mcpServers.search?.headers?.['X-Key'];

describe('a file of variables', () => {
  let folder: string;
  let path: string;
  let env: Record<string, string>;
  let opened: (SettingsSource & { close(): void })[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-variables-'));
    path = join(folder, 'mcp_settings.json');
    env = { MCPHUB_VARIABLES_PATH: join(folder, 'variables.json') };
    opened = [];
    writeFileSync(path, SETTINGS);
    writeFileSync(join(folder, 'variables.json'), variables('first'));
  });
  afterEach(() => {
    for (const source of opened) source.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(): SettingsSource {
    const source = openSettings({ path, env, settleTime: 20, pollInterval: 100 });
    opened.push(source);
    return source;
  }

  function change(source: SettingsSource): Promise<Settings> {
    return new Promise((resolve) => {
      const end = source.onChange((next) => {
        end();
        resolve(next);
      });
    });
  }

  it('keeps secrets out of the settings file: its values are used where ${NAME} stands', () => {
    const { settings, warnings } = loadSettings(path, env);
    expect(keyOf(settings)).to.equal('first');
    expect(settings.systemConfig.cluster.token).to.eql(['first-token']);
    expect(warnings).to.eql([]);
  });

  it('reads the file as editors on Windows save it', () => {
    writeFileSync(
      join(folder, 'variables.json'),
      '\uFEFF{\r\n  "search/KEY": "first", // ours\r\n  "cluster/token": "t",\r\n}',
    );
    expect(keyOf(loadSettings(path, env).settings)).to.equal('first');
  });

  it('does not override what the environment says', () => {
    expect(keyOf(loadSettings(path, { ...env, 'search/KEY': 'mine' }).settings)).to.equal('mine');
  });

  it('does not set variables of the hub itself', () => {
    writeFileSync(join(folder, 'variables.json'), JSON.stringify({ MCPHUB_CLUSTER_TOKEN: 'x', 'cluster/token': 'y' }));
    expect(loadSettings(path, env).settings.systemConfig.cluster.token).to.eql(['y']);
  });

  it('is taken over when it alone changes, so that a secret can be rotated without a restart', async () => {
    const source = open();
    const changed = change(source);
    writeFileSync(join(folder, 'variables.json'), variables('second'));
    expect(keyOf(await changed)).to.equal('second');
  });

  it('is taken over where Kubernetes swaps the folder of a projected volume', async () => {
    rmSync(path);
    const files = (name: string, key: string) => {
      const version = mkdtempSync(join(folder, `..${name}`));
      writeFileSync(join(version, 'mcp_settings.json'), SETTINGS);
      writeFileSync(join(version, 'variables.json'), variables(key));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    rmSync(join(folder, 'variables.json'));
    files('one', 'first');
    for (const name of ['mcp_settings.json', 'variables.json']) symlinkSync(`..data/${name}`, join(folder, name));
    const source = open();
    expect(keyOf(source.current)).to.equal('first');
    const changed = change(source);
    files('two', 'second');
    expect(keyOf(await changed)).to.equal('second');
  });

  it('does not open a hub when it breaks: the settings before it stay in force', async () => {
    const source = open();
    writeFileSync(join(folder, 'variables.json'), '{ "search/KEY": "half');
    await until(() => source.problem !== undefined);
    expect(source.problem).to.contain('it is not JSON').and.not.to.contain('half');
    expect(keyOf(source.current)).to.equal('first');
  });

  it('of another revision than the settings is not used: a server does not start without its key in between', async () => {
    const write = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
    const settings = (revision: string) => ({ ...JSON.parse(SETTINGS), systemConfig: { cluster: { revision } } });
    const values = (revision: string, key: string) => ({ 'settings/revision': revision, 'search/KEY': key });
    write('variables.json', values('1', 'first'));
    write('mcp_settings.json', settings('1'));
    const source = open();
    write('mcp_settings.json', settings('2'));
    await until(() => source.problem !== undefined);
    expect(source.problem).to.contain('it belongs to revision 1 of the settings, and they are of 2');
    expect(keyOf(source.current)).to.equal('first');
    const changed = change(source);
    write('variables.json', values('2', 'second'));
    expect(keyOf(await changed)).to.equal('second');
    expect(source.problem).to.equal(undefined);
  });

  it('that cannot be used is refused with its path and what would be right', () => {
    const file = join(folder, 'variables.json');
    const problemOf = (text?: string) => {
      rmSync(file);
      if (text !== undefined) writeFileSync(file, text);
      const error = refused(() => loadSettings(path, env));
      expect(error.code).to.equal('MCPHUB_SETTINGS_VARIABLES');
      expect(error.file).to.equal(file);
      if (text === undefined) writeFileSync(file, '{}');
      return error.problems.join();
    };
    expect(problemOf('[]')).to.contain('expected a map such as { "NAME": "value" }');
    expect(problemOf('{"A":1}')).to.equal('A: expected a text');
    expect(problemOf()).to.contain('ENOENT');
  });
});
