import { expect } from 'chai';
import { ask, ModernStream } from '../matrix/modern-wire.ts';
import { initialize, openEvents, post, RawSession } from '../support/clients.ts';
import type { RunningNode } from '../support/node.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('sessions that their clients have left', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const start = (limits: object, servers: object = { a: echoServer() }) =>
    nodes.start({ mcpServers: servers, systemConfig: { cluster: { limits } } });
  /** As a coordinator sends what a client of this address and key wants. */
  const from = (address: string, principal = '') => ({
    'x-forwarded-for': address,
    'x-mcphub-session': `- 0 1 ${principal}`,
  });
  const open = ({ url }: RunningNode, address: string, principal?: string, target = 'a') =>
    RawSession.open(`${url}/mcp/${target}`, from(address, principal));
  const tryOpen = ({ url }: RunningNode, address: string, principal?: string) =>
    post(`${url}/mcp/a`, initialize(), from(address, principal));
  const count = async ({ metrics }: RunningNode) =>
    Number(/^mcphub_node_sessions (\d+)$/m.exec(await metrics.metrics())?.[1]);

  it('do not lock others out: the least recently used gives way, and goes on with its next request', async () => {
    const node = await start({ sessionsPerNode: 4, sharePerPrincipal: 1 });
    const first = await open(node, '10.0.0.1');
    for (let i = 0; i < 20; i++) expect((await tryOpen(node, `10.0.1.${i}`)).status).to.equal(200);
    expect(await count(node)).to.equal(4);
    expect(await first.call('echo', { message: 'on' })).to.equal('on');
    expect(await count(node)).to.equal(4);
  });

  it('do not make those give way that are used', async () => {
    const node = await start(
      { sessionsPerNode: 7, sharePerPrincipal: 1 },
      {
        a: echoServer(),
        own: echoServer([], { perSessionClient: true }),
        calls: echoServer([], { perSessionClient: 'calls' }),
        reset: echoServer([], { failover: 'reset' }),
      },
    );
    const listening = await open(node, '10.0.0.1');
    const stream = await listening.listen();
    const calling = await open(node, '10.0.0.1');
    const call = calling.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } });
    const owning = await open(node, '10.0.0.1', '', 'own');
    const pid = await owning.call('pid');
    const calls = await open(node, '10.0.0.1', '', 'calls');
    const callsPid = await calls.call('pid');
    const subscribed = await open(node, '10.0.0.1');
    expect((await subscribed.request('resources/subscribe', { uri: 'echo://one' })).body?.result).to.eql({});
    const stateful = await open(node, '10.0.0.1', '', 'reset');
    const other = await open(node, '10.0.0.2');
    await until(async () => (await other.call('heard')).includes('call sleep'));
    for (let i = 0; i < 12; i++) expect((await tryOpen(node, '10.0.0.3')).status).to.equal(200);
    expect([await owning.call('pid'), await calls.call('pid')]).to.eql([pid, callsPid]);
    expect((await stateful.request('ping')).body?.result).to.eql({});
    const waker = await open(node, '10.0.0.3');
    await waker.call('announce');
    await stream.until('list_changed');
    await waker.call('wake');
    expect((await call).body?.result).to.have.property('content');
    const back = await subscribed.listen();
    await waker.call('touch', { uri: 'echo://one' });
    await back.until('resources/updated');
    back.close();
    stream.close();
  });

  it('count for nothing, while those in use are bounded, with a Retry-After that is true', async () => {
    const node = await start({ sessionsPerNode: 2, sharePerPrincipal: 1 });
    const streams = [await (await open(node, '10.0.0.1')).listen(), await (await open(node, '10.0.0.2')).listen()];
    const refused = await tryOpen(node, '10.0.0.3');
    expect([refused.status, refused.headers['retry-after'], refused.headers['x-mcphub-not-started']]).to.eql([
      503,
      '10',
      'limit',
    ]);
    expect(refused.body?.error?.data).to.include({ code: 'MCPHUB_SESSION_LIMIT', retryAfter: 10 });
    streams[0]?.close();
    await until(async () => (await tryOpen(node, '10.0.0.3')).status === 200);
    streams[1]?.close();
  });

  it('say when they end, where nothing else can make room', async () => {
    const node = await nodes.start({
      mcpServers: { a: echoServer([], { failover: 'reset' }) },
      systemConfig: { cluster: { limits: { sessionsPerNode: 1 }, coordinator: { stickySessionTimeout: 3_000 } } },
    });
    await open(node, '10.0.0.1');
    const refused = await tryOpen(node, '10.0.0.2');
    expect(refused.status).to.equal(503);
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 3);
  });

  type Client = [address: string, principal: string];
  const pairs: [who: string, one: Client, two: Client][] = [
    ['address', ['10.0.0.1', ''], ['10.0.0.2', '']],
    ['network of IPv6', ['2001:db8:1:2::1', ''], ['2001:db8:1:3::1', '']],
    ['key', ['10.0.0.1', 'ann'], ['10.0.0.1', 'bob']],
  ];
  for (const [who, one, two] of pairs) {
    it(`do not give everything to one ${who}`, async () => {
      const node = await start({ sessionsPerNode: 4, sharePerPrincipal: 0.5 });
      const used = [await open(node, ...one), await open(node, ...one)];
      const streams = await Promise.all(used.map((session) => session.listen()));
      const refused = await tryOpen(node, ...one);
      expect([refused.status, refused.body?.error?.data?.code]).to.eql([503, 'MCPHUB_SHARE_LIMIT']);
      expect(refused.body?.error?.message).to.include('2 sessions in use').and.to.include('sharePerPrincipal');
      for (let i = 0; i < 4; i++) expect((await tryOpen(node, ...two)).status).to.equal(200);
      // Of those in use, and of the other one the newest.
      expect(await count(node)).to.equal(4);
      for (const stream of streams) stream.close();
      await until(async () => (await tryOpen(node, ...one)).status === 200);
    });
  }

  it('do not let a key have more in memory than in the whole cluster', async () => {
    const node = await start({ sessionsPerPrincipal: 2 });
    for (let i = 0; i < 5; i++) expect((await tryOpen(node, '10.0.0.1', 'ann')).status).to.equal(200);
    expect(await count(node)).to.equal(2);
  });

  it('do not give everything to one address on HTTP+SSE either', async () => {
    const node = await start({ sessionsPerNode: 4, sharePerPrincipal: 0.5 });
    const sse = (address: string) => openEvents(`${node.url}/sse/a`, from(address));
    const streams = [await sse('10.0.0.1'), await sse('10.0.0.1')];
    const refused = await sse('10.0.0.1');
    expect(refused.status).to.equal(503);
    await refused.until('MCPHUB_SHARE_LIMIT');
    streams.push(await sse('10.0.0.2'));
    expect(streams.map(({ status }) => status)).to.eql([200, 200, 200]);
    for (const stream of streams) stream.close();
  });

  it('are nothing to clients of 2026-07-28, of which none takes all listeners, and none the processes of all', async () => {
    const limits = { listenersPerNode: 2, processesPerNode: 4, sharePerPrincipal: 0.5, processQueueTimeout: 200 };
    const node = await start(limits, { a: echoServer(), own: echoServer([], { perSessionClient: true }) });
    const params = { notifications: { toolsListChanged: true } };
    const listen = (address: string) =>
      ModernStream.open(`${node.url}/mcp/a`, {
        method: 'subscriptions/listen',
        params,
        headers: { 'x-forwarded-for': address },
      });
    const first = await listen('10.0.0.1');
    await first.named('notifications/subscriptions/acknowledged');
    const refused = await listen('10.0.0.1');
    expect([refused.status, refused.response.headers['retry-after']]).to.eql([503, '10']);
    const other = await listen('10.0.0.2');
    expect(other.status).to.equal(200);
    const pid = (address: string, state: string) =>
      ask(`${node.url}/mcp/own`, {
        method: 'tools/call',
        params: { name: 'pid', arguments: {} },
        headers: { 'x-forwarded-for': address, 'x-mcphub-state-id': state },
      });
    expect((await pid('10.0.0.1', 'one')).body?.result).to.have.property('content');
    expect((await pid('10.0.0.1', 'two')).body?.result).to.have.property('content');
    expect((await pid('10.0.0.1', 'more')).body?.error?.data?.code).to.equal('MCPHUB_PROCESS_SHARE');
    expect((await pid('10.0.0.2', 'three')).body?.result).to.have.property('content');
    for (const stream of [first, refused, other]) stream.close();
  });

  it('do not leave the processes of all to one key', async () => {
    const limits = { processesPerNode: 2, sharePerPrincipal: 0.5, processQueueTimeout: 200 };
    const node = await start(limits, { a: echoServer([], { perSessionClient: true }) });
    const [one, two] = [await open(node, '10.0.0.1', 'ann'), await open(node, '10.0.0.1', 'ann')];
    await one.call('pid');
    const refused = await two.request('tools/call', { name: 'pid' });
    expect(refused.body?.error?.data?.code).to.equal('MCPHUB_PROCESS_SHARE');
    expect(refused.body?.error?.message).to.include('runs 1 processes').and.to.include('0.2 s');
    const other = await open(node, '10.0.0.1', 'bob');
    expect(Number(await other.call('pid'))).to.be.greaterThan(0);
    await one.close();
    await until(async () => (await two.request('tools/call', { name: 'pid' })).body?.result !== undefined);
  });
});
