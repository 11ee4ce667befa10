import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { encodeFrame, KIND, TRUNK_PATH, TRUNK_PROTOCOL } from '../../cluster/trunk/frames.ts';
import { CLUSTER_TOKEN } from '../../mcp/headers.ts';
import { type Harness, INITIALIZE, startHarness } from '../router/support/harness.ts';
import { closeSockets, RawSession } from '../support/clients.ts';
import { type RunningNode, startNode } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const TOKEN = 'token-of-trunks';
const clusterTokens = () => [TOKEN];

describe('trunks of a cluster', () => {
  let harness: Harness;
  let running: RunningNode;
  /** Ends of connections to the node, at the node. */
  let sockets: Socket[];
  const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
  const connections = () => sockets.filter(({ localPort }) => String(localPort) === new URL(running.url).port).length;

  beforeEach(async () => {
    sockets = [];
    subscribe('net.server.socket', note);
    harness = await startHarness({ clusterTokens });
    const coordinators = [harness.coordinator.url];
    running = await startNode({ mcpServers: { echo: echoServer() } }, { coordinators, clusterTokens });
    await until(() => running.node.ready());
  });
  afterEach(async () => {
    await running.node.stop();
    await harness.stop();
    await closeSockets();
    unsubscribe('net.server.socket', note);
  });

  function upgrade(path: string, protocol: string, headers: Record<string, string> = {}): ClientRequest {
    const asked = request(new URL(path, running.url), {
      agent: false,
      headers: { connection: 'upgrade', upgrade: protocol, ...headers },
    });
    asked.end();
    return asked;
  }

  it('spare the node a connection for each call at once', async () => {
    const session = await RawSession.open(`${harness.coordinator.url}/mcp/echo`);
    /** How many connections so many calls at once add to those that are there. */
    const added = async (calls: number) => {
      const before = connections();
      await Promise.all(Array.from({ length: calls }, () => session.call('sleep', { ms: 100 })));
      return connections() - before;
    };
    await until(async () => (await added(5)) === 0);
    expect(await added(50)).to.equal(0);
  });

  it('are not opened to who does not know the token of the cluster, nor at other paths', async () => {
    const token = { [CLUSTER_TOKEN]: TOKEN };
    for (const [path, headers] of [
      [TRUNK_PATH, {}],
      [TRUNK_PATH, { [CLUSTER_TOKEN]: 'another' }],
      ['/mcp', token],
    ] as const) {
      const [answer] = (await once(upgrade(path, TRUNK_PROTOCOL, headers), 'response')) as [IncomingMessage];
      expect(answer.statusCode, path).to.equal(403);
      answer.resume();
    }
    const [, socket] = (await once(upgrade(TRUNK_PATH, TRUNK_PROTOCOL, token), 'upgrade')) as [unknown, Socket];
    socket.destroy();
  });

  it('do not bring the node down with what asks for one and is gone, or sends what is no request', async () => {
    const head = (token: string) =>
      `GET ${TRUNK_PATH} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: ${TRUNK_PROTOCOL}\r\n${CLUSTER_TOKEN}: ${token}\r\n\r\n`;
    const headers = [
      CLUSTER_TOKEN,
      TOKEN,
      'content-type',
      'application/json',
      'accept',
      'application/json, text/event-stream',
    ];
    // It is answered later than all that comes with it.
    const asks = encodeFrame(
      KIND.request,
      1,
      JSON.stringify(['POST', '/mcp/echo', headers]),
      JSON.stringify(INITIALIZE),
    );
    const bad = [
      'GET / HTTP/1.1\r\n\r\n',
      ...['', '[]', '[1,"/mcp",[]]', '["POST","/mcp",[1,2]]', 'null'].map((text) => encodeFrame(KIND.request, 1, text)),
      asks + asks,
      ...['', 'x', '0', '-1', '0.5', '1e999'].map((text) => asks + encodeFrame(KIND.more, 1, text)),
    ];
    for (const token of ['another', TOKEN]) {
      for (const text of bad) {
        const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.write(head(token) + text, 'latin1');
        await once(socket.resume(), 'close');
      }
      const gone = connect(Number(new URL(running.url).port), '127.0.0.1');
      gone.on('error', () => undefined);
      gone.write(head(token), 'latin1', () => gone.resetAndDestroy());
      await once(gone, 'close');
    }
    const session = await RawSession.open(`${harness.coordinator.url}/mcp/echo`);
    expect(await session.call('echo', { message: 'x' })).to.equal('x');
  });

  it('do not keep clients out that offer to change to another protocol, as those for HTTP/2 do', async () => {
    const [answer] = (await once(upgrade('/health', 'h2c'), 'response')) as [IncomingMessage];
    expect(answer.statusCode).to.equal(200);
    answer.resume();
  });
});
