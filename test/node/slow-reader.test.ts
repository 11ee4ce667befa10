import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { CONFIG } from '../../node/config.ts';
import { EventStream } from '../../node/http/event-stream.ts';

describe('a client that does not read its stream', () => {
  it('does not make the node keep more than the bound for it', async () => {
    const opened = Promise.withResolvers<EventStream>();
    const closed = Promise.withResolvers<void>();
    const server = createServer((_request, response) => opened.resolve(new EventStream(response, closed.resolve)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    try {
      socket.pause().write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
      const stream = await opened.promise;
      const data = 'x'.repeat(1024 * 1024);
      const enough = (2 * CONFIG.maxUnreadBytes) / data.length;
      for (let sent = 0; sent < enough && stream.open; sent += 1) {
        stream.push({ jsonrpc: '2.0', method: 'notifications/message', params: { data } });
      }
      expect(stream.open).to.equal(false);
      await closed.promise;
    } finally {
      socket.destroy();
      server.close();
    }
  });
});
