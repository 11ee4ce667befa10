import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { EventStream } from '../../node/http/event-stream.ts';

const MIB = 1024 * 1024;

describe('an event stream of a session', () => {
  let server: Server;
  let socket: Socket;

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  });
  afterEach(() => {
    socket.destroy();
    server.close();
  });

  async function open(): Promise<EventStream> {
    const [, response] = await once(server, 'request');
    return new EventStream(response, () => {});
  }
  const message = (size: number) => ({
    jsonrpc: '2.0' as const,
    method: 'notifications/message',
    params: { data: 'x'.repeat(size) },
  });

  it('does not cut off a client that is still reading one large message', async () => {
    const stream = await open();
    stream.push(message(32 * MIB));
    stream.push(message(1));
    expect(stream.open).to.equal(true);
    let received = 0;
    for await (const chunk of socket) {
      received += chunk.length;
      if (received > 32 * MIB && String(chunk).endsWith('"x"}}\n\n\r\n')) break;
    }
  });
});
