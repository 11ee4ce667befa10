import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { descriptorsOf } from './descriptors.ts';

describe('counting what members have open', () => {
  let server: Server;
  let child: ChildProcess;
  let port: number;

  before(function () {
    needs(this, process.platform === 'linux', 'Linux, whose /proc shows what processes have open');
  });
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    const connected = once(server, 'connection');
    child = spawn(process.execPath, ['-e', `require('net').connect(${port}, '127.0.0.1')`], { stdio: 'ignore' });
    const [socket] = (await connected) as [Socket];
    socket.on('error', () => socket.destroy());
  });
  afterEach(async () => {
    const closed = once(server, 'close');
    server.close();
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await Promise.all([exited, closed]);
  });

  const pooled = (others: readonly number[], ports: readonly number[] = []) =>
    descriptorsOf(
      [process.pid, ...others].map((pid) => ({ id: String(pid), pid })),
      new Set(ports),
    ).get(String(process.pid))?.pooled;

  it('takes no connection of a client for one of a pool, so that one that leaks is found', () => {
    expect(pooled([])).to.equal(0);
  });

  it('does not take the connections between two members for leaks', () => {
    expect(pooled([child.pid as number])).to.equal(1);
  });

  it('does not take connections to nodes for leaks, behind a proxy neither', () => {
    expect(pooled([], [port])).to.equal(1);
  });
});
