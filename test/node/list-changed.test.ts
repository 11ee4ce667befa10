import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type EventReader, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { changeableSettings, echoServer } from '../support/servers/hub.ts';

const TOOLS_CHANGED = 'notifications/tools/list_changed';
const PROMPTS_CHANGED = 'notifications/prompts/list_changed';

describe('list_changed of a node', () => {
  const nodes = new Nodes();
  const open: EventReader[] = [];
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-changed-'));
  });
  afterEach(async () => {
    for (const stream of open.splice(0)) stream.close();
    await nodes.stop();
    rmSync(folder, { recursive: true });
  });

  /** A session that listens, and to which nothing is announced any more that was before. */
  async function listening(url: string, warmUp = 'tools/list'): Promise<{ session: RawSession; stream: EventReader }> {
    const session = await RawSession.open(url);
    const stream = await session.listen();
    open.push(stream);
    await session.request(warmUp);
    return { session, stream };
  }

  const count = (stream: EventReader, method = TOOLS_CHANGED) => stream.received().split(method).length - 1;
  const quiet = () => new Promise((resolve) => setTimeout(resolve, 120));

  it('is not withheld from sessions that see the server, nor told to those that do not', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer(), b: echoServer() } });
    const [all, a, b] = await Promise.all(['', '/a', '/b'].map((path) => listening(`${url}/mcp${path}`)));
    await quiet();
    const before = count(b!.stream);
    await a!.session.call('add', { tool: 'new' });
    await Promise.all([all!.stream.until(TOOLS_CHANGED), a!.stream.until(TOOLS_CHANGED)]);
    await quiet();
    expect(count(b!.stream)).to.equal(before);
    expect(await a!.session.call('new')).to.equal('new answers');
    expect((await all!.session.request('tools/list')).text).to.include('a-new');
  });

  it('does not repeat itself for a burst of changes', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const { session, stream } = await listening(`${url}/mcp`);
    await quiet();
    const before = count(stream);
    await Promise.all(Array.from({ length: 10 }, () => session.call('a-announce')));
    await stream.until(TOOLS_CHANGED);
    await quiet();
    expect(count(stream) - before).to.be.within(1, 3);
  });

  it('is not lost for a client that opens its stream later', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp/a`);
    await session.call('announce');
    await session.call('announce');
    await quiet();
    const stream = await session.listen();
    open.push(stream);
    await stream.until(TOOLS_CHANGED);
    expect(count(stream)).to.equal(1);
  });

  it('is told when settings add, remove or adjust a server, and not when they say the same', async () => {
    const first = { mcpServers: { a: echoServer() } };
    const settings = changeableSettings(first);
    const { url } = await nodes.start(settings);
    const { session, stream } = await listening(`${url}/mcp`);
    await quiet();
    let before = count(stream);
    const changes: object[] = [
      { mcpServers: { a: echoServer(), b: echoServer() } },
      { mcpServers: { a: echoServer([], { tools: { echo: { enabled: false } } }), b: echoServer() } },
      { mcpServers: { a: echoServer([], { tools: { echo: { description: 'other' } } }), b: echoServer() } },
      first,
    ];
    for (const change of changes) {
      settings.change(change);
      await stream.until(new RegExp(`(${TOOLS_CHANGED}[^]*){${before + 1}}`));
      expect((await session.request('tools/list')).body?.result).to.be.an('object');
      await quiet();
      await quiet();
      before = count(stream);
    }
    settings.change({ ...first, bearerKeys: [{ token: 'x' }] });
    await quiet();
    expect(count(stream)).to.equal(before);
  });

  it('is told after a reconnect with another list, and not after one with the same', async () => {
    const state = join(folder, 'tools');
    writeFileSync(state, 'one');
    const { url } = await nodes.start({ mcpServers: { a: echoServer([`state=${state}`]) } });
    const { session, stream } = await listening(`${url}/mcp/a`);
    await session.request('prompts/list');
    await session.request('resources/list');
    await session.request('resources/templates/list');
    await quiet();
    const before = count(stream);
    const promptsBefore = count(stream, PROMPTS_CHANGED);
    await session.request('tools/call', { name: 'exit' });
    const pid = await back(session);
    await quiet();
    expect(count(stream)).to.equal(before);
    writeFileSync(state, 'one two');
    await session.request('tools/call', { name: 'exit' });
    expect(await back(session)).to.not.equal(pid);
    await stream.until(new RegExp(`(${TOOLS_CHANGED}[^]*){${before + 1}}`));
    expect(count(stream, PROMPTS_CHANGED)).to.equal(promptsBefore);
  });

  /** The pid of the server once it runs again. */
  async function back(session: RawSession): Promise<string> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { body } = await session.request('tools/call', { name: 'pid' });
      if (body?.result !== undefined) return JSON.stringify(body.result);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the server did not come back');
  }

  it('does not pass over a target that went and came back', async () => {
    const group = { id: 'g', name: 'g', servers: ['a'] };
    const settings = changeableSettings({ mcpServers: { a: echoServer() }, groups: [group] });
    const { url } = await nodes.start(settings);
    const { session, stream } = await listening(`${url}/mcp/g`);
    await quiet();
    const before = count(stream);
    settings.change({ mcpServers: { a: echoServer() }, groups: [] });
    await stream.until(new RegExp(`(${TOOLS_CHANGED}[^]*){${before + 1}}`));
    expect((await session.request('tools/list')).body?.result?.tools).to.deep.equal([]);
    expect(await RawSession.open(`${url}/mcp/g`).catch((error: Error) => error.message)).to.include(
      "Unknown target 'g'",
    );
    settings.change({ mcpServers: { a: echoServer() }, groups: [group] });
    await stream.until(new RegExp(`(${TOOLS_CHANGED}[^]*){${before + 2}}`));
    expect(await session.call('a-echo', { message: 'again' })).to.equal('again');
  });
});
