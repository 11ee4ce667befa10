import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { connectV2, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const FILESYSTEM = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));

describe('roots of a modern client', () => {
  const nodes = new Nodes();
  let folders: string[];
  beforeEach(async () => {
    const base = await realpath(tmpdir());
    folders = await Promise.all([1, 2].map(() => mkdtemp(join(base, 'roots-'))));
  });
  afterEach(async () => {
    await nodes.stop();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });

  async function open(headers: Record<string, string>) {
    const files = { command: process.execPath, args: [FILESYSTEM], perSessionClient: true };
    const { url } = await nodes.start({ mcpServers: { files, echo: echoServer([], { perSessionClient: true }) } });
    let root = folders[0] as string;
    const sent: Record<string, string> = { ...headers };
    const client = await connectV2(`${url}/mcp`, 'modern', {
      capabilities: { roots: {} },
      fetch: (input, init) => {
        const all = new Headers(init?.headers);
        for (const [name, value] of Object.entries(sent)) all.set(name, value);
        return fetch(input, { ...init, headers: all });
      },
    });
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: pathToFileURL(root).href }] }));
    const call = async (name: string) => textOf(await client.callTool({ name, arguments: {} }));
    return {
      client,
      call,
      allowed: () => call('files-list_allowed_directories'),
      change(next: string) {
        root = next;
        sent['x-mcphub-roots'] = next;
      },
    };
  }

  for (const [what, headers] of [
    ['alone', {}],
    ['of a state', { 'x-mcphub-state-id': 'one' }],
  ] as const) {
    it(`are not unknown to a server that asks for them when it begins (a request ${what})`, async () => {
      const { client, allowed } = await open(headers);
      await client.listTools();
      await until(async () => (await allowed()).includes(folders[0] as string));
      await client.close();
    });
  }

  it('are not what they were at first when the client says that they have changed', async () => {
    const { client, call, allowed, change } = await open({ 'x-mcphub-state-id': 'one' });
    await until(async () => (await allowed()).includes(folders[0] as string));
    expect(await call('echo-heard')).not.to.include('roots/list_changed');
    change(folders[1] as string);
    await until(async () => (await allowed()).includes(folders[1] as string));
    expect(await allowed()).not.to.include(folders[0]);
    for (let calls = 0; calls < 2; calls++) await call('echo-heard');
    expect((await call('echo-heard')).split('roots/list_changed')).to.have.length(2);
    await client.close();
  });
});
