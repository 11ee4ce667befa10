import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect } from 'chai';
import { load, YAML11_SCHEMA } from 'js-yaml';

const FOLDER = resolve(import.meta.dirname, '../../examples/compose');

interface Service {
  environment: Record<string, string>;
  volumes: string[];
}

describe('a second start of examples/compose', function () {
  this.timeout(120_000);
  const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8');
  const { services } = load(text, { schema: YAML11_SCHEMA }) as { services: Record<string, Service> };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-compose-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  it('finds what npx and uvx have downloaded on a volume, since /tmp is new each time', () => {
    for (const name of ['node-1', 'node-2']) {
      const { environment, volumes } = services[name] as Service;
      const mounted = volumes.map((volume) => volume.split(':')).find(([, path]) => path === '/data')?.[0];
      expect(mounted).to.equal(name);
      for (const cache of ['npm_config_cache', 'UV_CACHE_DIR']) expect(environment[cache]).to.match(/^\/data\//);
    }
  });

  it('starts a server of a node without a network, from what the first one has downloaded', async () => {
    const { environment } = services['node-2'] as Service;
    const { mcpServers } = JSON.parse(readFileSync(join(FOLDER, 'node-2.json'), 'utf8'));
    const { command, args, env } = mcpServers.memory;
    const onVolume = (values: Record<string, string>) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replace(/^\/data/, folder)]));
    const start = async (home: string, more: Record<string, string>) => {
      const HOME = join(folder, home);
      mkdirSync(HOME);
      // The folders of the checkout have the packages already.
      const PATH = (process.env.PATH ?? '')
        .split(':')
        .filter((path) => !path.includes('node_modules'))
        .join(':');
      const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
      const variables = {
        ...(Object.fromEntries(own) as Record<string, string>),
        HOME,
        PATH,
        ...onVolume(environment),
        ...onVolume(env),
        ...more,
      };
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(new StdioClientTransport({ command, args, cwd: HOME, env: variables, stderr: 'ignore' }));
      const { tools } = await client.listTools();
      await client.close();
      return tools.length;
    };
    const first = await start('first', {});
    expect(first).to.be.above(0);
    const nowhere = {
      npm_config_https_proxy: 'http://127.0.0.1:1',
      npm_config_proxy: 'http://127.0.0.1:1',
      npm_config_noproxy: '',
    };
    expect(await start('second', nowhere)).to.equal(first);
  });
});
