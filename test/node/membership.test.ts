import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type GroupReport, type HeartbeatPayload, heartbeatPayload, registerPayload } from '../../cluster/payload.ts';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { changeableSettings, echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

interface Beat {
  action: string;
  payload: HeartbeatPayload;
  authorization: string | undefined;
  host: string | undefined;
}

/** Answers as a coordinator and keeps what nodes say. */
class FakeCoordinator {
  readonly beats: Beat[] = [];
  readonly url: string;
  readonly #server: Server;
  groups: GroupReport[] | undefined;
  status = 200;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', async (request: IncomingMessage, response) => {
      const payload = JSON.parse(await text(request));
      const { authorization, host } = request.headers;
      this.beats.push({ action: request.url ?? '', payload, authorization, host });
      const data = this.groups === undefined ? undefined : { groups: this.groups };
      response.writeHead(this.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ success: this.status === 200, data }));
      server.emit('beat');
    });
  }

  static async start(port = 0): Promise<FakeCoordinator> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new FakeCoordinator(server);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get last(): Beat | undefined {
    return this.beats.at(-1);
  }

  /** Resolves with the first beat, past or to come, for which the condition holds. */
  async beat(holds: (beat: Beat) => boolean): Promise<Beat> {
    for (;;) {
      const found = this.beats.find(holds);
      if (found !== undefined) return found;
      await once(this.#server, 'beat');
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the membership of a node', () => {
  const nodes = new Nodes();
  const coordinators: FakeCoordinator[] = [];
  afterEach(async () => {
    await nodes.stop();
    await Promise.all(coordinators.splice(0).map((coordinator) => coordinator.stop()));
  });

  async function coordinator(port = 0): Promise<FakeCoordinator> {
    const started = await FakeCoordinator.start(port);
    coordinators.push(started);
    return started;
  }
  /** Where a coordinator was, and may be again. */
  async function gone(): Promise<FakeCoordinator> {
    const left = await FakeCoordinator.start();
    await left.stop();
    return left;
  }
  const cluster = (heartbeatInterval: number) => ({ systemConfig: { cluster: { node: { heartbeatInterval } } } });
  const connected = ({ payload }: Beat) => payload.servers.includes('a');

  it('does not send what the contract does not allow, and says all of it', async () => {
    const hub = await coordinator();
    const groups = [{ name: 'team', servers: ['a', { name: 'b', tools: ['echo'] }] }];
    const mcpServers = {
      a: echoServer(),
      lazy: echoServer([], { startOnDemand: true }),
      missing: { command: 'no-such-command' },
      off: echoServer([], { enabled: false }),
    };
    const { url, node } = await nodes.start(
      { mcpServers, groups, ...cluster(60_000) },
      {
        coordinators: [hub.url],
        clusterTokens: () => ['secret', 'older'],
        identity: { id: 'n-1', name: 'one', zone: 'z1' },
      },
    );
    const first = await hub.beat(() => true);
    expect(first.action).to.equal('/api/cluster/register');
    expect(first.authorization).to.equal('Bearer secret');
    expect(registerPayload.safeParse(first.payload).error?.issues).to.equal(undefined);
    const { payload } = await hub.beat(
      (beat) => connected(beat) && beat.payload.metadata?.serverStatus?.missing?.status === 'failed',
    );
    expect(heartbeatPayload.safeParse(payload).error?.issues).to.equal(undefined);
    expect(payload).to.include({ id: 'n-1', name: 'one', url, host: '127.0.0.1', port: Number(new URL(url).port) });
    expect(payload.servers).to.have.members(['a', 'lazy']);
    const { metadata } = payload;
    expect(metadata).to.include({ version: '0.0.0', zone: 'z1', draining: false, sessions: 0, inFlight: 0 });
    expect(metadata?.tag).to.match(/^[\w-]{8}$/);
    expect(Object.keys(metadata?.serverStatus ?? {})).to.have.members(['a', 'lazy', 'missing']);
    expect(metadata?.serverStatus?.missing?.reason).to.include('no-such-command');
    expect(metadata?.groups).to.deep.equal([
      { id: 'team', name: 'team', servers: [{ name: 'a' }, { name: 'b', tools: ['echo'] }] },
    ]);
    expect(node.ready()).to.equal(true);
  });

  it('does not wait for the next heartbeat when a server changed or settings did', async () => {
    const hub = await coordinator();
    const settings = changeableSettings({ mcpServers: { a: echoServer(['delay=200']) }, ...cluster(60_000) });
    await nodes.start(settings, { coordinators: [hub.url] });
    expect((await hub.beat(() => true)).payload.servers).to.deep.equal([]);
    const { action } = await hub.beat(connected);
    expect(action).to.equal('/api/cluster/heartbeat');
    settings.change({ mcpServers: { a: echoServer(['delay=200']), b: echoServer() }, ...cluster(60_000) });
    await hub.beat(({ payload }) => payload.servers.includes('b'));
  });

  it('does not stop after one heartbeat', async () => {
    const hub = await coordinator();
    await nodes.start({ mcpServers: {}, ...cluster(30) }, { coordinators: [hub.url] });
    await hub.beat(() => hub.beats.length >= 5);
    expect(hub.beats.slice(1).every(({ action }) => action === '/api/cluster/heartbeat')).to.equal(true);
  });

  it('does not wait a whole interval for a coordinator that is not there yet', async () => {
    const { url, port } = await gone();
    const { node } = await nodes.start({ mcpServers: {}, ...cluster(60_000) }, { coordinators: [url] });
    expect(node.ready()).to.equal(false);
    const began = performance.now();
    expect((await (await coordinator(port)).beat(() => true)).action).to.equal('/api/cluster/register');
    expect(performance.now() - began).to.be.below(1_000);
    await until(() => node.ready());
  });

  it('does not send heartbeats to a coordinator that was away, but registers again', async () => {
    const first = await coordinator();
    const { node } = await nodes.start({ mcpServers: {}, ...cluster(50) }, { coordinators: [first.url] });
    await first.beat(({ action }) => action === '/api/cluster/heartbeat');
    coordinators.pop();
    await first.stop();
    await until(() => !node.ready());
    const again = await coordinator(first.port);
    expect((await again.beat(() => true)).action).to.equal('/api/cluster/register');
    await until(() => node.ready());
  });

  it('does not count as ready when its coordinator refuses it', async () => {
    const hub = await coordinator();
    hub.status = 401;
    const { node } = await nodes.start({ mcpServers: {}, ...cluster(50) }, { coordinators: [hub.url] });
    await hub.beat(() => hub.beats.length >= 2);
    expect(node.ready()).to.equal(false);
    hub.status = 200;
    await until(() => node.ready());
  });

  it('does not refuse a group that the coordinator got since the last heartbeat', async () => {
    const hub = await coordinator();
    const { url } = await nodes.start(
      { mcpServers: { a: echoServer() }, ...cluster(60_000) },
      { coordinators: [hub.url] },
    );
    await hub.beat(connected);
    hub.groups = [{ id: 'new', name: 'new', servers: [{ name: 'a' }] }];
    expect(await (await RawSession.open(`${url}/mcp/new`)).call('a-echo', { message: 'hi' })).to.equal('hi');
    expect((await RawSession.open(`${url}/mcp/none`).catch((error: Error) => error.message)).toString()).to.include(
      'none',
    );
  });

  it('does not withhold groups of the coordinator from clients, and lets them win over its own', async () => {
    const hub = await coordinator();
    hub.groups = [
      { id: 'g1', name: 'theirs', servers: [{ name: 'a', tools: ['echo'] }] },
      { id: 'own', name: 'mine', servers: [{ name: 'b' }] },
      { id: 'moved', name: 'after', servers: [{ name: 'b' }] },
    ];
    const settings = {
      mcpServers: { a: echoServer(), b: echoServer() },
      groups: [
        { id: 'own', name: 'mine', servers: ['a'] },
        { id: 'x', name: 'kept', servers: ['a'] },
        { id: 'moved', name: 'before', servers: ['a'] },
      ],
      ...cluster(40),
    };
    const { url, node } = await nodes.start(settings, { coordinators: [hub.url] });
    await until(() => node.ready());
    await hub.beat(() => hub.beats.length >= 2);
    const toolsAt = async (target: string) =>
      (await (await RawSession.open(`${url}/mcp/${target}`)).request('tools/list')).text;
    expect(await toolsAt('theirs'))
      .to.include('a-echo')
      .and.not.include('a-pid');
    expect(await toolsAt('g1')).to.include('a-echo');
    expect(await toolsAt('mine'))
      .to.include('b-echo')
      .and.not.include('a-echo');
    expect(await toolsAt('kept')).to.include('a-pid');
    expect(await toolsAt('after')).to.include('b-echo');
    expect(await toolsAt('before').catch((error: Error) => error.message)).to.include("Unknown target 'before'");
    const session = await RawSession.open(`${url}/mcp/theirs`);
    const stream = await session.listen();
    // Servers that became known a moment ago are announced as well.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const before = stream.received().split('tools/list_changed').length;
    hub.groups = [{ id: 'g1', name: 'theirs', servers: [{ name: 'b' }] }];
    await stream.until(new RegExp(`(tools/list_changed[^]*){${before}}`));
    expect((await session.request('tools/list')).text).to.include('b-echo');
    stream.close();
    const { payload } = hub.last ?? {};
    expect(payload?.metadata?.groups?.map(({ name }) => name)).to.deep.equal(['mine', 'kept', 'before']);
  });

  it('does not leave out one of several coordinators, nor fail because of one that is down', async () => {
    const [one, two] = [await coordinator(), await coordinator()];
    const down = 'http://127.0.0.1:9';
    const { node } = await nodes.start(
      { mcpServers: {}, ...cluster(60_000) },
      { coordinators: [one.url, down, two.url] },
    );
    await Promise.all([one.beat(() => true), two.beat(() => true)]);
    await until(() => node.ready());
  });

  it('does not leave its coordinator in the dark when it drains', async () => {
    const hub = await coordinator();
    const settings = { mcpServers: { a: echoServer() }, ...cluster(60_000) };
    const { node, url } = await nodes.start(settings, { coordinators: [hub.url] });
    await hub.beat(connected);
    const session = await RawSession.open(`${url}/mcp/a`);
    const call = session.request('tools/call', { name: 'sleep', arguments: { ms: 60_000 } });
    await until(async () => (await session.call('heard')).includes('call sleep'));
    const stopped = node.stop({ graceful: true });
    const { payload } = await hub.beat((beat) => beat.payload.metadata?.draining === true);
    expect(payload.metadata?.inFlight).to.be.greaterThan(0);
    await session.call('wake');
    await Promise.all([call, stopped]);
    const beats = hub.beats.length;
    expect(hub.last?.payload.metadata?.draining).to.equal(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hub.beats).to.have.length(beats);
  });

  it('does not advertise another address than the one that it was given', async () => {
    const hub = await coordinator();
    const identity = { id: 'n', name: 'n', url: 'https://node.example/base' };
    await nodes.start({ mcpServers: {} }, { coordinators: [`${hub.url}/prefix/`], identity });
    const { payload, action, host } = await hub.beat(() => true);
    expect(payload).to.include({ url: 'https://node.example/base', host: 'node.example', port: 443 });
    expect(action).to.equal('/prefix/api/cluster/register');
    expect(host).to.equal(`127.0.0.1:${hub.port}`);
  });
});
