import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const LONG = 'l'.repeat(70);

describe('lists and names of a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  async function namesOf(session: RawSession, method = 'tools/list', field = 'tools'): Promise<string[]> {
    const { body } = await session.request(method);
    if (body?.result === undefined) throw new Error(`${method} failed`);
    return (body.result[field] as { name: string }[]).map(({ name }) => name);
  }

  it('does not lose pages of a server, nor hang on one whose cursors loop', async () => {
    const { url } = await nodes.start({
      mcpServers: {
        paged: echoServer(['page=2', 'tools=last']),
        loop: echoServer(['page=2', 'loop']),
      },
    });
    const session = await RawSession.open(`${url}/mcp`);
    const names = await namesOf(session);
    expect(names).to.include.members(['paged-echo', 'paged-last', 'loop-echo', 'loop-pid']);
    expect(names.filter((name) => name.startsWith('loop-')).length).to.be.below(10);
  });

  it('does not break calls of tools whose names were cut', async () => {
    const { url } = await nodes.start({
      mcpServers: { srv: echoServer([`tools=${LONG}1,${LONG}2`]), b: echoServer() },
    });
    const session = await RawSession.open(`${url}/mcp`);
    const cut = (await namesOf(session)).filter((name) => name.startsWith('srv-lll'));
    expect(cut).to.have.length(2);
    const answers = await Promise.all(cut.map((name) => session.call(name)));
    expect(answers).to.deep.equal([`${LONG}1 answers`, `${LONG}2 answers`]);
    expect(await session.call(`srv-${LONG}1`)).to.equal(`${LONG}1 answers`);
    const fresh = await RawSession.open(`${url}/mcp`);
    expect(await fresh.call(String(cut[1]))).to.equal(`${LONG}2 answers`);
  });

  it('does not confuse a tool whose own name begins with the prefix, before any list was fetched', async () => {
    const { url } = await nodes.start({ mcpServers: { git: echoServer(['tools=git-status,status,git-only']) } });
    const single = await RawSession.open(`${url}/mcp/git`);
    expect(await single.call('git-status')).to.equal('git-status answers');
    expect(await single.call('status')).to.equal('status answers');
    expect(await single.call('git-only')).to.equal('git-only answers');
    expect(await single.call('git-git-only')).to.equal('git-only answers');
    expect(await namesOf(single)).to.include.members(['git-status', 'status', 'git-only']);
    const all = await RawSession.open(`${url}/mcp`);
    expect(await all.call('git-git-status')).to.equal('git-status answers');
    expect(await all.call('git-status')).to.equal('status answers');
  });

  it('does not list or call tools that are disabled or outside the group', async () => {
    const config = { tools: { echo: { enabled: false }, 'a-pid': { description: 'which process' } } };
    const { url } = await nodes.start({
      mcpServers: { a: echoServer([], config), b: echoServer() },
      groups: [
        {
          id: 'g1',
          name: 'few',
          servers: [
            { name: 'a', tools: ['echo', 'pid'] },
            { name: 'b', tools: ['b-echo'] },
          ],
        },
      ],
    });
    for (const target of ['few', 'g1']) {
      const group = await RawSession.open(`${url}/mcp/${target}`);
      expect(await namesOf(group)).to.deep.equal(['a-pid', 'b-echo']);
      for (const [name, code] of [
        ['a-echo', 'MCPHUB_DISABLED'],
        ['b-pid', 'MCPHUB_DISABLED'],
        ['c-x', 'MCPHUB_NAME_UNKNOWN'],
      ]) {
        const { body } = await group.request('tools/call', { name });
        expect(body?.error?.code, name).to.equal(-32602);
        expect(body?.error?.data).to.include({ code });
        expect(body?.error?.data?.remedy).to.be.a('string').and.not.include('{');
      }
      expect(await group.call('b-echo', { message: 'yes' })).to.equal('yes');
    }
    const single = await RawSession.open(`${url}/mcp/a`);
    const { body } = await single.request('tools/list');
    const tools = body?.result?.tools as { name: string; description: string }[];
    expect(tools.find(({ name }) => name === 'pid')?.description).to.equal('which process');
    expect(tools.find(({ name }) => name === 'echo')).to.equal(undefined);
    expect((await single.request('tools/call', { name: 'echo' })).body?.error?.data?.code).to.equal('MCPHUB_DISABLED');
  });

  it('does not lose the list of a server while it is away', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer([], { startOnDemand: true }), b: echoServer() } });
    const session = await RawSession.open(`${url}/mcp`);
    const before = await namesOf(session);
    expect(before).to.include('a-echo');
    const lost = await session.request('tools/call', { name: 'a-exit' });
    expect(lost.body?.error?.data?.code).to.equal('MCPHUB_SERVER_LOST');
    expect(await namesOf(session)).to.deep.equal(before);
    expect(await session.call('a-echo', { message: 'back' })).to.equal('back');
  });

  it('does not let a server without answers take the lists of others, and names it', async () => {
    const { url } = await nodes.start(
      { mcpServers: { mute: echoServer(['no-list']), b: echoServer() } },
      { timing: { serverDeadline: 400 } },
    );
    const session = await RawSession.open(`${url}/mcp`);
    await until(async () => (await namesOf(session)).includes('b-echo'));
    const { body } = await session.request('tools/list');
    expect(body?.result?._meta).to.deep.equal({ 'mcphub.io/partial': ['mute'] });
    expect(await session.call('mute-echo', { message: 'still' })).to.equal('still');
  });

  it('refuses a cursor that it never gave', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const { body } = await (await RawSession.open(`${url}/mcp`)).request('tools/list', { cursor: 'x' });
    expect(body?.error?.code).to.equal(-32602);
  });
});
