import { expect } from 'chai';
import { createPolicy } from '../../node/catalog/policy.ts';
import { createView } from '../../node/catalog/view.ts';
import type { Hosted, Hosts } from '../../node/hosts.ts';
import { parseSettings } from '../../settings/load.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import type { TargetServer } from '../../settings/targets.ts';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { changeableSettings, echoServer } from '../support/servers/hub.ts';

const policy = (
  config: Partial<ServerConfig>,
  said: Partial<TargetServer> = {},
  kind: 'tools' | 'resources' = 'tools',
) => createPolicy(kind, { config, target: { name: 'a', ...said }, separator: '-' });

describe('the policy of a server', () => {
  it('does not lose what the server says where the group says nothing', () => {
    const config = { tools: { one: { enabled: false, name: 'uno', description: 'due' }, 'a-two': { name: 'dos' } } };
    const { rule } = policy(config, { tools: { one: { enabled: true }, 'a-two': { description: 'x' } } });
    expect(rule('one')).to.deep.equal({ enabled: true, name: 'uno', description: 'due' });
    expect(rule('two')).to.deep.equal({ enabled: true, name: 'dos', description: 'x' });
    expect(rule('three')).to.deep.equal({ enabled: true, name: 'three', description: undefined });
  });

  it('does not miss a tool that the group calls by its prefixed or its new name', () => {
    const config = { tools: { one: { name: 'uno' } } };
    for (const name of ['one', 'a-one', 'x-one', 'uno', 'a-uno', 'x-uno']) {
      expect(policy(config, { alias: 'x', tools: [name] }).rule('one').enabled, name).to.equal(true);
      const map = policy(config, { alias: 'x', tools: { [name]: { name: 'eins' } } });
      expect(map.rule('one').name, name).to.equal('eins');
      expect(map.candidates('eins')[0], name).to.equal('one');
      expect(map.candidates('one'), name).to.deep.equal([]);
    }
    expect(policy(config, { tools: ['uno'] }).rule('two').enabled).to.equal(false);
  });

  it('does not open two tools by one name of a list when they change names', () => {
    const config = { tools: { one: { name: 'two' }, two: { name: 'one' } } };
    const { rule } = policy(config, { tools: ['two'] });
    expect([rule('one').enabled, rule('two').enabled]).to.deep.equal([false, true]);
  });

  it('does not take names of Object.prototype for overrides', () => {
    const { rule } = policy({ tools: { one: { enabled: false } } }, { tools: {} });
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(rule(name)).to.deep.equal({ enabled: true, name, description: undefined });
    }
  });

  it('does not read resources by their own URI when their template is disabled or not listed', () => {
    const config = { resources: { 'f://secret/{+path}': { enabled: false }, 'f://secret/but': { enabled: true } } };
    const { rule } = policy(config, {}, 'resources');
    const enabled = (uri: string) => rule(uri).enabled;
    expect(['f://secret/{+path}', 'f://secret/a/b', 'f://secret/but', 'f://open'].map(enabled)).to.deep.equal([
      false,
      false,
      true,
      true,
    ]);
    const few = policy({}, { resources: ['f://1', 'g://{id}'] }, 'resources');
    expect(['f://1', 'f://2', 'g://7'].map((uri) => few.rule(uri).enabled)).to.deep.equal([true, false, true]);
  });
});

describe('tools and prompts that settings rename, describe and disable', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  type Shown = { name: string; description?: string };
  async function shown(session: RawSession, method = 'tools/list', field = 'tools'): Promise<Shown[]> {
    const { body } = await session.request(method);
    return (body?.result?.[field] ?? []) as Shown[];
  }
  const names = async (session: RawSession) => (await shown(session)).map(({ name }) => name);
  const codeOf = async (session: RawSession, name: string, method = 'tools/call') =>
    (await session.request(method, { name })).body?.error?.data?.code;

  it('does not leave a renamed tool callable by its old name, with or without a list before', async () => {
    const config = { tools: { echo: { name: 'say', description: 'says it' }, 'a-pid': { name: 'process' } } };
    const { url } = await nodes.start({ mcpServers: { a: echoServer([], config), b: echoServer() } });
    for (const [target, prefix] of [
      ['', 'a-'],
      ['/a', ''],
    ]) {
      const fresh = await RawSession.open(`${url}/mcp${target}`);
      expect(await fresh.call(`${prefix}say`, { message: 'hi' })).to.equal('hi');
      expect(await codeOf(fresh, `${prefix}echo`)).to.equal('MCPHUB_NAME_UNKNOWN');
      expect(await codeOf(fresh, `${prefix}pid`)).to.equal('MCPHUB_NAME_UNKNOWN');
      const tools = await shown(fresh);
      expect(tools.find(({ name }) => name === `${prefix}say`)?.description).to.equal('says it');
      expect(tools.map(({ name }) => name))
        .to.include(`${prefix}process`)
        .and.not.include(`${prefix}echo`);
      expect(await codeOf(fresh, `${prefix}echo`)).to.equal('MCPHUB_NAME_UNKNOWN');
      expect(await fresh.call(`${prefix}say`, { message: 'ho' })).to.equal('ho');
    }
  });

  it('does not call one tool for another when names are swapped or given to a tool that is there', async () => {
    const swapped = { tools: { one: { name: 'two' }, two: { name: 'one' } } };
    const { url } = await nodes.start({
      mcpServers: {
        a: echoServer(['tools=one,two'], swapped),
        b: echoServer(['tools=one,two'], { tools: { two: { name: 'one' } } }),
        c: echoServer(['tools=one,two'], { tools: { one: { enabled: false }, two: { name: 'one' } } }),
        d: echoServer(['tools=one'], { tools: { gone: { name: 'one' } } }),
      },
    });
    const session = await RawSession.open(`${url}/mcp`);
    const check = async () => {
      expect(await session.call('a-one')).to.equal('two answers');
      expect(await session.call('a-two')).to.equal('one answers');
      expect(await session.call('b-one')).to.equal('two answers');
      expect(await codeOf(session, 'b-two')).to.equal('MCPHUB_NAME_UNKNOWN');
      expect(await session.call('c-one')).to.equal('two answers');
      expect(await session.call('d-one')).to.equal('one answers');
    };
    await check();
    expect((await names(session)).filter((name) => /-(one|two)$/.test(name))).to.have.members([
      'a-one',
      'a-two',
      'b-one',
      'c-one',
      'd-one',
    ]);
    await check();
  });

  it('does not call what a group hides, by alias, list or map, nor by the name of the server', async () => {
    const group = {
      name: 'g',
      servers: [
        { name: 'a', alias: 'left', tools: { echo: { name: 'say' }, pid: { enabled: false } } },
        { name: 'b', alias: 'right', tools: ['say', 'b-level'] },
        { name: 'a', alias: 'bare', tools: ['level'], prompts: [] },
      ],
    };
    const { url } = await nodes.start({
      mcpServers: { a: echoServer(), b: echoServer([], { tools: { echo: { name: 'say' } } }) },
      groups: [group],
    });
    const session = await RawSession.open(`${url}/mcp/g`);
    expect(await session.call('left-say', { message: 'l' })).to.equal('l');
    expect(await session.call('right-say', { message: 'r' })).to.equal('r');
    expect(await codeOf(session, 'left-pid')).to.equal('MCPHUB_DISABLED');
    expect(await codeOf(session, 'right-pid')).to.equal('MCPHUB_DISABLED');
    expect(await codeOf(session, 'bare-echo')).to.equal('MCPHUB_DISABLED');
    expect(await codeOf(session, 'a-say')).to.equal('MCPHUB_NAME_UNKNOWN');
    const listed = await names(session);
    expect(listed).to.include.members(['left-say', 'left-level']).and.not.include('left-pid');
    expect(listed.filter((name) => !name.startsWith('left-'))).to.deep.equal([
      'right-say',
      'right-level',
      'bare-level',
    ]);
    const prompts = (await shown(session, 'prompts/list', 'prompts')).map(({ name }) => name);
    const [prompt = ''] = prompts.filter((name) => name.startsWith('left-'));
    expect(prompt).to.not.equal('');
    expect(prompts.some((name) => name.startsWith('bare-'))).to.equal(false);
    expect(await codeOf(session, prompt.replace('left-', 'bare-'), 'prompts/get')).to.equal('MCPHUB_DISABLED');
    expect((await names(await RawSession.open(`${url}/mcp/a`)))[0]).to.equal('echo');
  });

  it('does not show the old names of a group whose settings changed', async () => {
    const of = (server: object) => ({
      mcpServers: { a: echoServer() },
      groups: [{ name: 'g', servers: [{ name: 'a', ...server }] }],
    });
    const settings = changeableSettings(of({}));
    const { url } = await nodes.start(settings);
    const session = await RawSession.open(`${url}/mcp/g`);
    expect(await session.call('a-echo', { message: '1' })).to.equal('1');
    for (const [server, name] of [
      [{ alias: 'x' }, 'x-echo'],
      [{ alias: 'x', tools: { echo: { name: 'say' } } }, 'x-say'],
      [{ alias: 'y', tools: ['echo'] }, 'y-echo'],
    ] as const) {
      settings.change(of(server));
      // The change is taken over in a later turn.
      await new Promise(setImmediate);
      expect((await names(session))[0]).to.equal(name);
      expect(await session.call(name, { message: '2' })).to.equal('2');
    }
  });
});

describe('the fingerprint of a view', () => {
  const hosted = { name: 'a', config: { command: 'x' } } as unknown as Hosted;
  const hosts = { get: () => hosted, enabledNames: () => ['a'] } as unknown as Hosts;
  const settings = parseSettings({ mcpServers: { a: { command: 'x' } } });
  const print = (server: object, target = 'g') =>
    createView(target, { settings, hosts, groups: [{ id: 'g', name: 'g', servers: [{ name: 'a', ...server }] }] })
      ?.fingerprint;

  it('does not hide a change of a group from sessions', () => {
    const prints = [
      {},
      { alias: 'x' },
      { tools: ['one'] },
      { tools: { one: { name: 'uno' } } },
      { tools: { one: { description: 'uno' } } },
      { tools: { one: { enabled: false } } },
      { prompts: ['one'] },
      { prompts: { one: { name: 'uno' } } },
      { resources: ['f://1'] },
      { resources: { 'f://1': { description: 'uno' } } },
    ].map((server) => print(server));
    expect(new Set([...prints, print({}, 'a')]).size).to.equal(11);
    expect(print({})).to.equal(print({}));
  });
});
