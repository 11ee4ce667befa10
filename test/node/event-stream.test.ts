import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { CONFIG } from '../../node/config.ts';
import { EventStream } from '../../node/event-stream.ts';

describe('an event stream of a session', () => {
  it('does not pile up without bound for a client that does not read', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const [, response] = await once(server, 'request');
    const closed = Promise.withResolvers<void>();
    const stream = new EventStream(response, closed.resolve);
    const params = { data: 'x'.repeat(1024 * 1024) };
    let pushed = 0;
    for (; stream.open && pushed < 200; pushed++)
      stream.push({ jsonrpc: '2.0', method: 'notifications/message', params });
    const bound = CONFIG.maxUnreadBytes / 1024 / 1024;
    expect(pushed).to.be.within(bound, bound + 20);
    await closed.promise;
    expect(stream.open).to.equal(false);
    socket.destroy();
    server.close();
  });
});
