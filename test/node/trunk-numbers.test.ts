import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { encodeFrame, FrameReader, KIND, TRUNK_PATH, TRUNK_PROTOCOL } from '../../cluster/trunk/frames.ts';
import { Nodes } from '../support/node.ts';

describe('a trunk whose coordinator gives two requests the same number', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  async function openTrunk(url: string): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `GET ${TRUNK_PATH} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: upgrade\r\nupgrade: ${TRUNK_PROTOCOL}\r\n\r\n`,
    );
    const [head] = await once(socket, 'data');
    expect(String(head)).to.match(/^HTTP\/1\.1 101 /);
    return socket;
  }
  const health = (id: number) => encodeFrame(KIND.request, id, JSON.stringify(['GET', '/health', []]));
  /** A request that is answered only when its stream ends, which is never. */
  const unanswered = (id: number, session: string) =>
    encodeFrame(
      KIND.request,
      id,
      JSON.stringify(['GET', '/mcp', ['accept', 'text/event-stream', 'mcp-session-id', session]]),
    );

  it('is ended, since no answer could be told from the other; others go on', async () => {
    const { url } = await nodes.start({ mcpServers: {} });
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
    };
    const opened = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(initialize),
    });
    await opened.text();
    const session = opened.headers.get('mcp-session-id') ?? '';
    const [bad, good] = [await openTrunk(url), await openTrunk(url)];
    const ended = once(bad, 'close');
    bad.resume().write(unanswered(7, session) + health(7), 'latin1');
    await ended;
    const answered = new Promise<number>((resolve) => {
      const frames = new FrameReader((kind, id) => kind === KIND.whole && resolve(id));
      good.on('data', (bytes: Buffer) => frames.read(bytes));
    });
    good.write(health(7), 'latin1');
    expect(await answered).to.equal(7);
    good.destroy();
  });
});
