import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, open, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { pino } from 'pino';
import { SettingsError } from '../../settings/errors.ts';
import { parseSettings } from '../../settings/load.ts';
import type { Settings } from '../../settings/schema.ts';
import { fixedSettings, type OpenSettingsOptions, openSettings, type SettingsSource } from '../../settings/store.ts';

type LogLine = Record<string, unknown> & { msg: string };

const text = (...names: string[]) =>
  JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, { command: name }])) });
const namesOf = (settings: Settings) => Object.keys(settings.mcpServers);

describe('settings/store', () => {
  let folder: string;
  let path: string;
  let lines: LogLine[];
  let opened: ({ close(): void } & SettingsSource)[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcphub-store-'));
    path = join(folder, 'mcp_settings.json');
    lines = [];
    opened = [];
  });
  afterEach(async () => {
    for (const store of opened) store.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(options: Partial<OpenSettingsOptions> = {}) {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()));
        done();
      },
    });
    const store = openSettings({ path, env: {}, log: pino(sink), settleTime: 20, pollInterval: 100, ...options });
    opened.push(store);
    return store;
  }

  const nextChange = (store: SettingsSource) =>
    new Promise<Settings>((resolve) => {
      const end = store.onChange((next) => {
        end();
        resolve(next);
      });
    });

  /** At once, so that no half-written version is read. */
  async function replace(next: string): Promise<void> {
    await writeFile(`${path}.next`, next);
    await rename(`${path}.next`, path);
  }

  /** Waits for a state that no event announces. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await delay(5);
  }

  it('logs what changed, by name', async () => {
    await writeFile(path, text('a', 'b'));
    const store = start();
    const change = nextChange(store);
    await writeFile(path, text('b', 'c').replace('"command":"b"', '"command":"x"'));
    await change;
    const fields = { file: path, added: ['c'], removed: ['a'], changed: ['b'], adjusted: [] };
    expect(lines.find(({ msg }) => msg === 'Settings reloaded')).to.deep.include(fields);
  });

  describe('refuses', () => {
    it('to start with bad settings', async () => {
      await writeFile(path, '{');
      expect(() => start()).to.throw(SettingsError, 'not valid JSON');
    });

    it('a bad version as a whole: the settings stay, the problem is said once, and goes with the next good version', async () => {
      await replace(text('a'));
      const store = start();
      const before = store.current;
      let changes = 0;
      store.onChange(() => changes++);

      await replace('{"mcpServers":{"b":{"command":"b"}},"bearerKeys":[{"token":1}]}');
      await until(() => store.problem !== undefined);
      expect(store.current).to.equal(before);
      expect(store.problem).to.contain(path).and.to.contain('bearerKeys[0].token: expected string, got number');
      await appendFile(path, '\n');
      await delay(150);
      await replace('{ # broken');
      await until(() => store.problem?.includes('comment') === true);

      await replace(text('a'));
      await until(() => store.problem === undefined);
      expect(changes).to.equal(0);
      const refusals = lines.filter(({ msg }) => msg === 'Settings refused; the previous ones stay in force');
      expect(refusals.map(({ code }) => code)).to.deep.equal(['MCPHUB_SETTINGS_INVALID', 'MCPHUB_SETTINGS_JSON']);
    });

    it('a bad entry alone: the others are taken over, and the log says why it is not', async () => {
      await replace(text('a'));
      const store = start();
      await replace('{"mcpServers":{"a":{"command":1},"b":{"command":"b"}}}');
      await until(() => store.current.mcpServers.b !== undefined);
      expect(store.problem).to.equal(undefined);
      const reason = 'mcpServers.a.command: expected string, got number';
      expect(store.current.mcpServers.a?.refused).to.contain(reason);
      const said = lines.filter(({ msg }) => msg === 'Entry of the settings refused; it is not served');
      expect(said.map(({ problem }) => problem)).to.have.length(1);
      expect(String(said[0]?.problem)).to.contain(reason);
    });

    it('to drop all servers because the file is gone, and goes on when it is back', async () => {
      await writeFile(path, text('a'));
      const store = start();
      await unlink(path);
      await until(() => store.problem !== undefined);
      expect(store.problem).to.contain('the file is gone');
      expect(namesOf(store.current)).to.deep.equal(['a']);
      await writeFile(path, text('a'));
      await until(() => store.problem === undefined);
      const change = nextChange(store);
      await writeFile(path, text('b'));
      expect(namesOf(await change)).to.deep.equal(['b']);
    });

    it('to read a file that is still being written', async () => {
      await writeFile(path, text('a'));
      const store = start({ settleTime: 150 });
      await delay(0);
      const problems: string[] = [];
      const change = nextChange(store);
      const file = await open(path, 'w');
      const content = text('b', 'c');
      for (const part of content.match(/.{1,3}/g) ?? []) {
        await file.write(part);
        await delay(20);
        if (store.problem !== undefined) problems.push(store.problem);
      }
      await file.close();
      expect(namesOf(await change)).to.deep.equal(['b', 'c']);
      expect(problems).to.deep.equal([]);
    });
  });

  it('does not call listeners when the file was only touched or written anew with the same meaning', async () => {
    await writeFile(path, text('a'));
    const store = start();
    let changes = 0;
    store.onChange(() => changes++);
    await writeFile(path, `${text('a')}\n`);
    await writeFile(path, `${text('a')}\n\n`);
    await delay(150);
    const change = nextChange(store);
    await writeFile(path, text('b'));
    await change;
    expect(changes).to.equal(1);
  });

  it('keeps calling the other listeners when one throws, and none that ended', async () => {
    await writeFile(path, text('a'));
    const store = start();
    store.onChange(() => {
      throw new Error('no');
    });
    const end = store.onChange(() => expect.fail('it had ended'));
    end();
    const change = nextChange(store);
    await writeFile(path, text('b'));
    await change;
    expect(lines.filter(({ level }) => level === 50)).to.have.length(1);
  });

  it('applies the environment again at each reload', async () => {
    await writeFile(path, text('a'));
    const store = start({ env: { MCPHUB_CLUSTER_MODE: 'coordinator', MCPHUB_CLUSTER_TOKEN: 't', X: 'x' } });
    const change = nextChange(store);
    await writeFile(path, '{"mcpServers":{"a":{"command":"$X"}}}');
    const { mcpServers, systemConfig } = await change;
    expect(mcpServers.a?.command).to.equal('x');
    expect(systemConfig.cluster).to.deep.include({ mode: 'coordinator', enabled: true, token: ['t'] });
  });

  it('is silent after close, and keeps no process alive', async () => {
    await writeFile(path, text('a'));
    const code = `import { openSettings } from ${JSON.stringify(new URL('../../settings/store.ts', import.meta.url).href)};
      openSettings({ path: ${JSON.stringify(path)}, env: {} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).to.equal(0);

    const store = start();
    store.onChange(() => expect.fail('it was closed'));
    store.close();
    await writeFile(path, text('b'));
    await delay(150);
    expect(namesOf(store.current)).to.deep.equal(['a']);
  });

  it('offers settings that never change', () => {
    const settings = parseSettings({});
    const source = fixedSettings(settings);
    expect(source.current).to.equal(settings);
    expect(source.problem).to.equal(undefined);
    source.onChange(() => {})();
  });
});
