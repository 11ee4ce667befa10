import { expect } from 'chai';
import { LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import { ask, type ModernRequest, ModernStream } from '../matrix/modern-wire.ts';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { changeableSettings, echoServer } from '../support/servers/hub.ts';
import { telltale } from '../support/servers/telltale-entry.ts';
import { until } from '../support/until.ts';
import { call, textOf } from './modern-node.ts';

const OWN = { perSessionClient: true };
const NODE = { 'x-mcphub-peer': 'aaaaaaaa' };
const state = (id: string) => ({ 'x-mcphub-state-id': id });

/** Methods of 2026-07-28, each with what it needs at the server `own`. */
const REQUESTS: readonly ModernRequest[] = [
  { method: 'tools/list' },
  { method: 'tools/call', params: { name: 'echo', arguments: {} } },
  { method: 'prompts/list' },
  { method: 'prompts/get', params: { name: 'greet' } },
  { method: 'resources/list' },
  { method: 'resources/templates/list' },
  { method: 'resources/read', params: { uri: 'echo://fixed' } },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: '' } },
  },
  { method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true } } },
  { method: 'tasks/get', params: { taskId: 'x' } },
  { method: 'no/such' },
];

describe('a server with a process for each client, of an older revision', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  async function start(mcpServers: object, more: object = {}): Promise<string> {
    return `${(await nodes.start({ mcpServers, ...more })).url}/mcp`;
  }
  const offered = async (url: string, headers = {}) => {
    const { status, body } = await ask(url, { method: 'server/discover', headers });
    expect(status).to.equal(200);
    return body?.result?.supportedVersions;
  };

  it('is not offered to requests that nothing ties together, whatever they are and whichever comes first', async () => {
    for (const first of ['discover', 'request']) {
      const url = `${await start({ own: echoServer([], OWN) })}/own`;
      if (first === 'discover') expect(await offered(url)).to.eql(LEGACY_REVISIONS);
      for (const request of REQUESTS) {
        const { status, body } = await ask(url, request);
        expect([status, body?.error?.code], request.method).to.eql([400, -32022]);
        expect(body?.error?.data).to.include({ code: 'MCPHUB_NEEDS_SESSION', requested: '2026-07-28' });
        expect(body?.error?.data?.supported).to.eql(LEGACY_REVISIONS);
        expect(body?.error?.message).to.include('X-MCPHub-State-Id').and.include('initialize');
      }
      expect(await offered(url)).to.eql(LEGACY_REVISIONS);
      expect(await (await RawSession.open(url)).call('echo', { message: 'in a session' })).to.equal('in a session');
    }
  });

  it('is not offered so on routes that it shares with others', async () => {
    const groups = [
      { id: 'g', name: 'g', servers: ['shared', 'own'] },
      { id: 'h', name: 'h', servers: ['shared'] },
    ];
    const url = await start({ shared: echoServer(), own: echoServer([], OWN) }, { groups });
    for (const [path, isOffered] of [
      ['', false],
      ['/g', false],
      ['/$smart', false],
      ['/$smart/g', false],
      ['/h', true],
      ['/shared', true],
    ]) {
      expect(await offered(url + path), `${path}`).to.eql(isOffered ? ['2026-07-28'] : LEGACY_REVISIONS);
      expect((await ask(url + path, { method: 'tools/list' })).status, `${path}`).to.equal(isOffered ? 200 : 400);
    }
  });

  it('is offered to requests of one state, to members, and where calls are independent', async () => {
    const url = await start({ own: echoServer([], OWN), calls: echoServer([], { perSessionClient: 'calls' }) });
    for (const [path, headers] of [
      ['/own', state('one')],
      ['/own', NODE],
      ['/calls', {}],
    ] as const) {
      expect(await offered(url + path, headers)).to.eql(['2026-07-28']);
      const reply = await ask(url + path, { ...call('echo', { message: 'hi' }), headers });
      expect(textOf(reply)).to.equal('hi');
    }
  });

  it('is another one than a server that has a process for each client and speaks 2026-07-28', async () => {
    for (const era of ['both', 'modern']) {
      const url = `${await start({ own: { ...telltale(`--era=${era}`), ...OWN } })}/own`;
      expect(await offered(url)).to.eql(['2026-07-28']);
      expect((await ask(url, call('said'))).status).to.equal(200);
    }
  });

  it('does not leave streams of the other answer open when it comes to a target', async () => {
    const shared = { shared: echoServer() };
    const settings = changeableSettings({ mcpServers: shared });
    const url = `${(await nodes.start(settings)).url}/mcp`;
    const listen = { method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true } } };
    const [loose, tied] = await Promise.all(
      [{}, state('kept')].map((headers) => ModernStream.open(url, { ...listen, headers })),
    );
    await Promise.all([loose, tied].map((stream) => stream?.named('notifications/subscriptions/acknowledged')));
    settings.change({ mcpServers: { ...shared, own: echoServer([], OWN) } });
    await loose?.end(20_000);
    expect(loose?.messages.at(-1)?.result).to.include({ resultType: 'complete' });
    expect(tied?.ended).to.equal(false);
    expect((await ask(url, listen)).body?.error?.code).to.equal(-32022);
    settings.change({ mcpServers: shared });
    await until(async () => (await ask(url, { method: 'tools/list' })).status === 200);
    tied?.close();
  });

  it('does not lend a process to another client, whoever had it before', async () => {
    const url = `${await start({ own: echoServer([], OWN) })}/own`;
    const pid = async (headers: Record<string, string>) => textOf(await ask(url, { ...call('pid'), headers }));
    const session = await RawSession.open(url);
    const pids = [
      await session.call('pid'),
      await pid(state('one')),
      await pid(state('two')),
      await pid({ ...state('one'), 'x-mcphub-principal': 'another' }),
      await pid(NODE),
      await pid(NODE),
    ];
    expect(new Set(pids).size, pids.join()).to.equal(pids.length);
    expect(await pid(state('one'))).to.equal(pids[1]);
    await session.close();
    expect(pids).not.to.include(await (await RawSession.open(url)).call('pid'));
  });
});
