import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type Harness, INITIALIZE, startHarness } from './support/harness.ts';

describe('router: a client that sends slowly', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness({ timings: { headersTimeout: 100, requestTimeout: 200, slowSenderInterval: 20 } });
    await harness.addNode('node-1', ['a']);
  });
  afterEach(() => harness.stop());

  async function send(unfinished: string): Promise<string> {
    const { hostname, port } = new URL(harness.coordinator.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(unfinished);
    return text(socket);
  }

  it('does not hold a connection with half a head', async () => {
    expect(await send('POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-slow: ')).to.match(/^HTTP\/1\.1 408 /);
  });

  it('does not hold a connection with half a body, nor reach a node with it', async () => {
    const head =
      'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n';
    expect(await send(`${head}${JSON.stringify(INITIALIZE)}`)).to.match(/^HTTP\/1\.1 408 /);
    expect(harness.nodes[0]?.seen).to.deep.equal([]);
  });

  it('does not cut off a stream that is open for longer than a request may take to arrive', async () => {
    const { id } = await harness.open('/mcp');
    const stream = await fetch(`${harness.coordinator.url}/mcp`, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': id },
    });
    const reader = stream.body?.getReader();
    await send('POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n');
    harness.nodes[0]?.openStreams.values().next().value?.write('data: {"late":true}\n\n');
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).to.contain('late');
    await reader?.cancel();
  });
});
