import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, open, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
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

  /** Waits for a state that no event announces. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await delay(5);
  }

  describe('notices', () => {
    // Each twice: the first change may be found by the look at the start, the second only by watching.
    it('a write in place', async () => {
      await writeFile(path, text('a'));
      const store = start();
      for (const name of ['b', 'c']) {
        const change = nextChange(store);
        await writeFile(path, text('a', name));
        expect(namesOf(await change)).to.deep.equal(['a', name]);
        expect(namesOf(store.current)).to.deep.equal(['a', name]);
      }
      const reloads = lines.filter(({ msg }) => msg === 'Settings reloaded');
      expect(reloads[0]).to.deep.include({ added: ['b'], removed: [], changed: [] });
      expect(reloads[1]).to.deep.include({ added: ['c'], removed: ['b'], changed: [] });
    });

    it('a write in place by the event alone, long before the next poll', async () => {
      await writeFile(path, text('a'));
      const store = start({ pollInterval: 3_600_000 });
      for (const name of ['b', 'c']) {
        const change = nextChange(store);
        await writeFile(path, text(name));
        expect(namesOf(await change)).to.deep.equal([name]);
      }
    });

    it('another file of the same size renamed over it', async () => {
      await writeFile(path, text('a'));
      const store = start();
      for (const name of ['b', 'c']) {
        const change = nextChange(store);
        await writeFile(join(folder, 'new'), text(name));
        await rename(join(folder, 'new'), path);
        expect(namesOf(await change)).to.deep.equal([name]);
      }
    });

    it('the swap of a ConfigMap volume, again and again', async () => {
      const publish = async (version: string, content: string) => {
        await mkdir(join(folder, `..${version}`));
        await writeFile(join(folder, `..${version}`, 'mcp_settings.json'), content);
        await symlink(`..${version}`, join(folder, '..data_tmp'));
        await rename(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      await publish('v1', text('a'));
      await symlink('..data/mcp_settings.json', path);
      const store = start();
      for (const [version, name] of [
        ['v2', 'b'],
        ['v3', 'c'],
      ] as const) {
        const change = nextChange(store);
        await publish(version, text(name));
        await rm(join(folder, `..v${Number(version.slice(1)) - 1}`), { recursive: true });
        expect(namesOf(await change)).to.deep.equal([name]);
      }
    });

    it('a change behind a link into another folder, which sends no event here', async () => {
      await mkdir(join(folder, 'elsewhere'));
      const target = join(folder, 'elsewhere', 'real.json');
      await writeFile(target, text('a'));
      await symlink(target, path);
      const store = start();
      for (const name of ['b', 'c']) {
        const change = nextChange(store);
        await writeFile(target, text(name));
        expect(namesOf(await change)).to.deep.equal([name]);
      }
    });

    it('a file that appears after the start, in a folder that did not exist', async () => {
      path = join(folder, 'later', 'mcp_settings.json');
      const store = start();
      expect(namesOf(store.current)).to.deep.equal([]);
      expect(store.problem).to.equal(undefined);
      await mkdir(join(folder, 'later'));
      for (const name of ['a', 'b']) {
        const change = nextChange(store);
        await writeFile(path, text(name));
        expect(namesOf(await change)).to.deep.equal([name]);
      }
    });

    it('a change in the moment of the start', async () => {
      await writeFile(path, text('a'));
      const store = start();
      const change = nextChange(store);
      // In the same tick as the start: before the watch has looked at the file for the first time.
      writeFileSync(path, text('b'));
      expect(namesOf(await change)).to.deep.equal(['b']);
    });

    it('a change while other files of the folder change all the time', async () => {
      await writeFile(path, text('a'));
      const store = start({ settleTime: 30, pollInterval: 3_600_000 });
      const noise = new AbortController();
      const noisy = (async () => {
        while (!noise.signal.aborted) {
          await appendFile(join(folder, 'log'), 'x');
          await delay(5);
        }
      })();
      try {
        for (const name of ['b', 'c']) {
          const change = nextChange(store);
          await writeFile(path, text(name));
          expect(namesOf(await change)).to.deep.equal([name]);
        }
      } finally {
        noise.abort();
        await noisy;
      }
    });
  });

  describe('refuses', () => {
    it('to start with bad settings', async () => {
      await writeFile(path, '{');
      expect(() => start()).to.throw(SettingsError, 'not valid JSON');
    });

    it('a bad version as a whole: the settings stay, the problem is said once, and goes with the next good version', async () => {
      await writeFile(path, text('a'));
      const store = start();
      const before = store.current;
      let changes = 0;
      store.onChange(() => changes++);

      await writeFile(path, '{"mcpServers":{"b":{"command":"b"},"c":{"command":1}}}');
      await until(() => store.problem !== undefined);
      expect(store.current).to.equal(before);
      expect(store.problem).to.contain(path).and.to.contain('mcpServers.c.command: expected string, got number');
      await appendFile(path, '\n');
      await writeFile(path, '{ // broken');
      await until(() => store.problem?.includes('comment') === true);

      await writeFile(path, text('a'));
      await until(() => store.problem === undefined);
      expect(changes).to.equal(0);
      const refusals = lines.filter(({ msg }) => msg === 'Settings refused; the previous ones stay in force');
      expect(refusals.map(({ code }) => code)).to.deep.equal(['MCPHUB_SETTINGS_INVALID', 'MCPHUB_SETTINGS_JSON']);
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
      for (const part of content.match(/.{1,12}/g) ?? []) {
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
