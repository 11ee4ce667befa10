import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { META } from '../../mcp/modern.ts';
import { type EventReader, post, RawSession } from '../support/clients.ts';
import type { RunningNode } from '../support/node.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
const CHANGED = 'notifications/tools/list_changed';
/** How long clients wait for a start here; much more than all that is asked takes without waiting. */
const DEADLINE = 2_000;

describe('a slow server waits alone', () => {
  const nodes = new Nodes();
  const streams: EventReader[] = [];
  const sockets = new Set<Socket>();
  let silent: Server | undefined;

  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    for (const socket of sockets) socket.destroy();
    silent?.close();
    silent = undefined;
    await nodes.stop();
  });

  const start = (mcpServers: object, serverDeadline = DEADLINE): Promise<RunningNode> =>
    nodes.start({ mcpServers }, { timing: { serverDeadline } });

  /** The address of a server that takes connections and never answers. */
  async function silentRemote(): Promise<string> {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    return `http://127.0.0.1:${(silent.address() as AddressInfo).port}/mcp`;
  }

  /** Milliseconds that a new client of either era needs to learn what there is. */
  async function look(url: string): Promise<number> {
    const began = performance.now();
    const session = await RawSession.open(`${url}/mcp`);
    for (const method of LISTS) expect((await session.request(method)).body?.result, method).to.be.an('object');
    const discovered = await post(`${url}/mcp`, discover, {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    });
    expect(discovered.body?.result?.supportedVersions).to.be.an('array');
    return performance.now() - began;
  }
  const discover = {
    jsonrpc: '2.0',
    id: 1,
    method: 'server/discover',
    params: { _meta: { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: {} } },
  };

  /** Waits until the tools, looked at after each notification that they changed, contain a text. */
  async function toldOf(session: RawSession, stream: EventReader, text: string): Promise<void> {
    for (let times = 1; ; times++) {
      await stream.until(new RegExp(`(${CHANGED}[^]*){${times}}`), 15_000);
      if ((await session.request('tools/list')).text.includes(text)) return;
    }
  }

  async function expectOneWait(url: string): Promise<void> {
    const session = await RawSession.open(`${url}/mcp`);
    await until(async () => (await session.request('tools/list')).text.includes('"good-echo"'), 30_000);
    await look(url);
    // Each of the six questions of a client waited before.
    for (let client = 0; client < 3; client++) expect(await look(url)).to.be.below(2 * DEADLINE);
    const { body } = await session.request('tools/list');
    expect(body?.result?._meta).to.deep.equal({ 'mcphub.io/partial': ['hung'] });
  }

  it('that is a process which never answers', async () => {
    const { url } = await start({ hung: { command: 'sleep', args: ['100000'] }, good: echoServer() });
    await expectOneWait(url);
  });

  it('that is a process for each session which never answers', async () => {
    const hung = { command: 'sleep', args: ['100000'], perSessionClient: true };
    const { url } = await start({ hung, good: echoServer() });
    await expectOneWait(url);
  });

  for (const type of ['streamable-http', 'sse']) {
    it(`that is a ${type} server which never answers`, async () => {
      const { url } = await start({ hung: { type, url: await silentRemote() }, good: echoServer() });
      await expectOneWait(url);
    });
  }

  it('that is up and never lists its tools', async () => {
    const { url } = await start({ hung: echoServer(['no-list']), good: echoServer() });
    await expectOneWait(url);
  });

  it('that fails to list its tools after a while, again and again', async () => {
    const hung = echoServer(['no-list'], { options: { timeout: 500 } });
    const { url } = await start({ hung, good: echoServer() }, 1_000);
    const session = await RawSession.open(`${url}/mcp`);
    const began = performance.now();
    for (let times = 0; times < 10; times++) await session.request('tools/list');
    expect(performance.now() - began).to.be.below(3_000);
  });

  it('that takes no log level', async () => {
    const { url } = await start({ hung: echoServer(['no-level']), good: echoServer() }, 1_000);
    const session = await RawSession.open(`${url}/mcp`);
    await session.request('tools/list');
    const began = performance.now();
    for (let times = 0; times < 5; times++) await session.request('logging/setLevel', { level: 'info' });
    expect(performance.now() - began).to.be.below(2_500);
  });

  for (const perSessionClient of [false, true]) {
    it(`and is told of when it is there${perSessionClient ? ', also to sessions with a process of their own' : ''}`, async () => {
      const late = echoServer(['delay=2500'], { perSessionClient });
      const { url } = await start({ late, good: echoServer() }, 500);
      const session = await RawSession.open(`${url}/mcp`);
      const stream = await session.listen();
      streams.push(stream);
      const { body } = await session.request('tools/list');
      expect(body?.result?._meta).to.have.property('mcphub.io/partial').that.includes('late');
      await toldOf(session, stream, '"late-echo"');
    });
  }

  it('and is told of when its list is there', async () => {
    const { url } = await start({ late: echoServer(['list-delay=2500']), good: echoServer() }, 500);
    const session = await RawSession.open(`${url}/mcp`);
    const stream = await session.listen();
    streams.push(stream);
    const { body } = await session.request('tools/list');
    expect(body?.result?._meta).to.have.property('mcphub.io/partial').that.includes('late');
    await toldOf(session, stream, '"late-echo"');
  });
});
