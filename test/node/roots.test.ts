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

/** Requests that nothing ties together are served, too. */
const OWN = { perSessionClient: 'calls' } as const;
const FILES = { command: process.execPath, args: [FILESYSTEM], ...OWN };

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

  /** @param headers asked for at each request */
  async function connect(url: string, root: () => string, headers: () => Record<string, string> = () => ({})) {
    const client = await connectV2(`${url}/mcp`, 'modern', {
      capabilities: { roots: {} },
      fetch: (input, init) => {
        const all = new Headers(init?.headers);
        for (const [name, value] of Object.entries(headers())) all.set(name, value);
        return fetch(input, { ...init, headers: all });
      },
    });
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: pathToFileURL(root()).href }] }));
    const call = async (name: string) => textOf(await client.callTool({ name, arguments: {} }));
    const allowed = () => call('files-list_allowed_directories');
    /** The server looks at folders before it allows them, and answers calls meanwhile. */
    const untilAllowed = (folder: string) => until(async () => (await allowed()).includes(folder));
    return { client, call, allowed, untilAllowed };
  }
  const start = async () => (await nodes.start({ mcpServers: { files: FILES, echo: echoServer([], OWN) } })).url;

  for (const [what, headers] of [
    ['alone', {}],
    ['of a state', { 'x-mcphub-state-id': 'one' }],
  ] as const) {
    it(`are not unknown to a server that asks for them when it begins (a request ${what})`, async () => {
      const [folder = ''] = folders;
      const { client, untilAllowed } = await connect(
        await start(),
        () => folder,
        () => headers,
      );
      await client.listTools();
      await untilAllowed(folder);
      await client.close();
    });
  }

  it('are not asked for in answer to what may not be answered so, and not forgotten for that', async () => {
    const { url } = await nodes.start({ mcpServers: { asking: echoServer(['roots'], OWN) } });
    const { client, call } = await connect(url, () => folders[0] as string);
    const ref = { type: 'ref/prompt', name: 'asking-greet' } as const;
    const { completion } = await client.complete({ ref, argument: { name: 'who', value: 'A' } });
    expect(completion.values[0]).to.include('greet');
    const known = JSON.parse(await call('asking-known')) as object[];
    expect(known.map((answer) => Object.keys(answer)[0])).to.eql(['error', 'result']);
    await client.close();
  });

  it('are not those of another client, when nothing ties requests together', async () => {
    const url = await start();
    const clients = await Promise.all(folders.map((folder) => connect(url, () => folder)));
    for (let round = 0; round < 3; round++) {
      for (const [i, { allowed, untilAllowed }] of clients.entries()) {
        await untilAllowed(folders[i] as string);
        expect(await allowed()).not.to.include(folders[1 - i]);
      }
    }
    await Promise.all(clients.map(({ client }) => client.close()));
  });

  it('are not what they were at first when the client says that they have changed', async () => {
    const [first = '', second = ''] = folders;
    let root = first;
    const headers = () => ({ 'x-mcphub-state-id': 'one', ...(root === first ? {} : { 'x-mcphub-roots': root }) });
    const { client, call, allowed, untilAllowed } = await connect(await start(), () => root, headers);
    await untilAllowed(first);
    expect(await call('echo-heard')).not.to.include('roots/list_changed');
    root = second;
    await untilAllowed(second);
    expect(await allowed()).not.to.include(first);
    for (let calls = 0; calls < 2; calls++) await call('echo-heard');
    expect((await call('echo-heard')).split('roots/list_changed')).to.have.length(2);
    await client.close();
  });
});
