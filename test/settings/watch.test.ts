import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Settings } from '../../settings/schema.ts';
import { openSettings, type SettingsSource } from '../../settings/store.ts';
import type { WatchOptions } from '../../settings/watch.ts';

const text = (...names: string[]) =>
  JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, { command: name }])) });
const namesOf = (settings: Settings) => Object.keys(settings.mcpServers);

describe('settings/watch notices', () => {
  let folder: string;
  let path: string;
  let end: () => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcphub-watch-'));
    path = join(folder, 'mcp_settings.json');
    end = () => {};
  });
  afterEach(async () => {
    end();
    await rm(folder, { recursive: true, force: true });
  });

  function start(options: WatchOptions = {}) {
    const store = openSettings({ path, env: {}, settleTime: 20, pollInterval: 100, ...options });
    end = () => store.close();
    return store;
  }

  const nextChange = (store: SettingsSource) =>
    new Promise<Settings>((resolve) => {
      const off = store.onChange((next) => {
        off();
        resolve(next);
      });
    });

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
