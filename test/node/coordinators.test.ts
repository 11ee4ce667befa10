import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import pino from 'pino';
import { type CoordinatorAddress, Coordinators } from '../../node/elsewhere/coordinators.ts';

describe('the connections of a node to coordinators', function () {
  this.timeout(15_000);
  const servers: Server[] = [];
  let addresses: CoordinatorAddress[];
  let coordinators: Coordinators;

  beforeEach(() => {
    addresses = [];
    coordinators = new Coordinators({
      addresses: () => addresses,
      tokens: () => [],
      tag: 'node-1',
      log: pino({ enabled: false }),
    });
  });
  afterEach(async () => {
    await coordinators.close();
    for (const server of servers.splice(0)) await once(server.close(), 'close');
  });

  /** A coordinator as a node sees it; it offers to keep connections as long as coordinators do. */
  async function start(answer: (res: ServerResponse) => void = (res) => res.end()) {
    const server = createServer({ keepAliveTimeout: 75_000 }, (_req, res) => answer(res)).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connected = once(server, 'connection').then(([socket]) => socket as Socket);
    return { address: { origin, url: origin }, connected };
  }

  const call = async () => (await coordinators.request('/mcp', { method: 'POST', headers: {} })).body.text();

  it('do not stay for a minute after the last call, though the coordinator offers that', async () => {
    const { address, connected } = await start();
    addresses = [address];
    await call();
    const socket = await connected;
    const since = performance.now();
    await once(socket, 'close');
    expect(performance.now() - since).to.be.lessThan(8_000);
  });

  it('do not pile up as coordinators are replaced, and end no call that is under way', async () => {
    const held: ServerResponse[] = [];
    const old = await start((res) => {
      res.write('begun, ');
      held.push(res);
    });
    const next = await start();
    addresses = [old.address];
    const calling = call();
    const socket = await old.connected;
    const closed = once(socket, 'close');
    addresses = [next.address];
    await call();
    expect(socket.destroyed).to.equal(false);
    const since = performance.now();
    held[0]?.end('ended');
    expect(await calling).to.equal('begun, ended');
    await closed;
    expect(performance.now() - since).to.be.lessThan(2_000);
  });
});
