import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { startForeignNode } from './support/foreign-node.ts';
import { type Harness, startHarness } from './support/harness.ts';

describe('router: a body that passes as a stream', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('is not sent again from its middle when a node refuses it after it has read some', async () => {
    harness = await startHarness();
    const seen: string[] = [];
    for (const id of ['node-1', 'node-2']) {
      const node = await startForeignNode(id);
      harness.nodes.push(node);
      // Reads the first piece, then says that it is too busy.
      node.server.removeAllListeners('request');
      node.server.on('request', (req, res) => {
        req.once('data', () => {
          seen.push(id);
          res.writeHead(503, { 'retry-after': '1' }).end();
        });
      });
      await harness.register(node, ['a']);
    }
    const { hostname, port } = new URL(harness.coordinator.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const large = 200_000;
    socket.write(
      `POST /mcp/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${2 * large}\r\n\r\n`,
    );
    socket.write(`{"jsonrpc":"2.0","id":5,"method":"initialize","params":{"x":"${'y'.repeat(large)}`);
    const answer = await text(socket);
    expect(answer).to.match(/^HTTP\/1\.1 503 /);
    expect(seen).to.have.length(1);
  });
});
