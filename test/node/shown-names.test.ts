import { expect } from 'chai';
import { ask } from '../matrix/modern-wire.ts';
import { connectV1, connectV2, RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const PORTABLE = /^[A-Za-z0-9_-]{1,64}$/;

describe('names on routes of several servers', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  type Shown = { name: string; title?: string };
  async function listed(session: RawSession, kind = 'tools'): Promise<Shown[]> {
    return ((await session.request(`${kind}/list`)).body?.result?.[kind] ?? []) as Shown[];
  }

  it('do not let a server take calls of one with a longer name, in any order and before any list', async () => {
    const servers = Object.entries({
      git: echoServer(['tools=hub-danger,hub-only']),
      'git-hub': echoServer(['tools=danger']),
    });
    for (const mcpServers of [servers, [...servers].reverse()].map((each) => Object.fromEntries(each))) {
      const { url } = await nodes.start({ mcpServers });
      const session = await RawSession.open(`${url}/mcp`);
      expect(await session.call('git-hub-danger')).to.equal('danger answers');
      // It is asked of the server with the longer name, which does not have it.
      expect((await session.request('tools/call', { name: 'git-hub-only' })).body?.error?.message).to.equal(
        'echo has no tool only',
      );
      const names = (await listed(session)).map(({ name }) => name);
      const [spelled = ''] = names.filter((name) => /^git-hub-danger_[0-9a-f]{8}$/.test(name));
      expect(await session.call(spelled)).to.equal('hub-danger answers');
      expect(await session.call('git-hub-danger')).to.equal('danger answers');
      expect(await (await RawSession.open(`${url}/mcp/git`)).call('hub-danger')).to.equal('hub-danger answers');
    }
  });

  it('do not let a server take names while the other one is away', async () => {
    const mcpServers = {
      git: echoServer(['tools=hub-danger']),
      'git-hub': { command: process.execPath, args: ['-e', 'process.exit(1)'] },
      twin: echoServer(['tools=run']),
      longest: { command: process.execPath, args: ['-e', 'process.exit(1)'] },
    };
    const groups = [
      {
        name: 'g',
        servers: [
          { name: 'twin', alias: 'x' },
          { name: 'longest', alias: 'x' },
        ],
      },
    ];
    const { url } = await nodes.start({ mcpServers, groups }, { timing: { serverDeadline: 300 } });
    const session = await RawSession.open(`${url}/mcp`);
    await listed(session);
    expect((await session.request('tools/call', { name: 'git-hub-danger' })).body?.error?.message).to.include(
      'git-hub',
    );
    const group = await RawSession.open(`${url}/mcp/g`);
    expect((await group.request('tools/call', { name: 'x-run' })).body?.error?.data?.code).to.equal(
      'MCPHUB_NAME_UNKNOWN',
    );
  });

  it('are such that model APIs take them, and plain ones are understood, in both eras and behind $smart', async () => {
    const long = 'l'.repeat(70);
    const mcpServers = { 'My Server': echoServer([`tools=a/b,a.b,${long},plain`]), fine: echoServer(['tools=x']) };
    const { url } = await nodes.start({ mcpServers });
    const session = await RawSession.open(`${url}/mcp`);
    const fresh = await RawSession.open(`${url}/mcp`);
    const tools = await listed(session);
    expect(tools.map(({ name }) => name))
      .to.include('fine-x')
      .and.have.length(new Set(tools.map(({ name }) => name)).size);
    for (const { name, title } of tools) {
      expect(name).to.match(PORTABLE);
      expect(title === undefined, name).to.equal(name.startsWith('fine'));
    }
    const [prompt] = await listed(session, 'prompts');
    expect(prompt?.name).to.match(PORTABLE);
    expect(prompt?.title).to.equal('My Server-greet');
    for (const own of ['a/b', 'a.b', long, 'plain']) {
      const shown = tools.find(({ title }) => title === `My Server-${own}`)?.name ?? '';
      for (const name of [shown, `My Server-${own}`]) {
        expect(await fresh.call(name), name).to.equal(`${own} answers`);
        const { body } = await ask(`${url}/mcp`, { method: 'tools/call', params: { name } });
        expect(textOf(body?.result), name).to.equal(`${own} answers`);
        const smart = await RawSession.open(`${url}/mcp/$smart`);
        expect(await smart.call('call_tool', { name })).to.equal(`${own} answers`);
        expect(JSON.parse(await smart.call('describe_tool', { name }))).to.include({ name: shown });
      }
    }
    for (const name of [prompt?.name, 'My Server-greet']) {
      expect((await fresh.request('prompts/get', { name })).text).to.include('echo: greet');
      const ref = { type: 'ref/prompt', name };
      expect(
        (await fresh.request('completion/complete', { ref, argument: { name: 'who', value: '' } })).text,
      ).to.include('greet');
    }
    expect((await listed(await RawSession.open(`${url}/mcp/My%20Server`))).map(({ name }) => name)).to.include('a/b');
    const clients = [await connectV1(`${url}/mcp`), await connectV2(`${url}/mcp`, 'modern')];
    for (const client of clients) {
      const found = (await client.listTools()).tools.find(({ title }) => title === 'My Server-a/b');
      expect(textOf(await client.callTool({ name: found?.name ?? '', arguments: {} }))).to.equal('a/b answers');
      await client.close();
    }
  });

  it('are the same on nodes with another order of servers, and policies know the own names', async () => {
    const config = { tools: { 'a.b': { enabled: false }, 'c d': { name: 'e.f', description: 'gh' } } };
    const servers = Object.entries({
      'My Server': echoServer(['tools=a.b,c d'], config),
      My_Server: echoServer(['tools=c_d']),
      my: echoServer(),
    });
    const lists = await Promise.all(
      [servers, [...servers].reverse()].map(async (each) => {
        const { url } = await nodes.start({ mcpServers: Object.fromEntries(each) });
        const session = await RawSession.open(`${url}/mcp`);
        const tools = await listed(session);
        const renamed = tools.find(({ title }) => title === 'My Server-e.f');
        expect(renamed).to.include({ description: 'gh' });
        expect(await session.call(renamed?.name ?? '')).to.equal('c d answers');
        expect((await session.request('tools/call', { name: 'My Server-a.b' })).body?.error?.data?.code).to.equal(
          'MCPHUB_DISABLED',
        );
        return tools.map(({ name }) => name).sort();
      }),
    );
    expect(lists[0]).to.deep.equal(lists[1]);
  });

  it('are the plain ones where the settings want that', async () => {
    const mcpServers = { 'My Server': echoServer(['tools=a/b']), b: echoServer() };
    const { url } = await nodes.start({ mcpServers, systemConfig: { portableNames: false } });
    const session = await RawSession.open(`${url}/mcp`);
    expect((await listed(session)).map(({ name }) => name)).to.include('My Server-a/b');
    expect(await session.call('My Server-a/b')).to.equal('a/b answers');
  });
});
