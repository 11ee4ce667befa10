import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ServerHost } from '../../../node/servers/host.ts';
import {
  call,
  goneWithin,
  Hosting,
  hostile,
  isRunning,
  peer,
  statusOf,
  textOfOutcome,
} from '../../support/servers/hosting.ts';
import { until } from '../../support/until.ts';

describe('a server host', () => {
  let hosting: Hosting;

  beforeEach(() => {
    hosting = new Hosting();
  });
  afterEach(() => hosting.clean());

  const FAST = { firstDelay: 20, maxDelay: 40, retryAfter: 10_000, exitGrace: 300 };

  async function pidOf(connection: Awaited<ReturnType<ServerHost['connection']>>): Promise<number> {
    return JSON.parse(textOfOutcome(await call(connection, 'pids'))).pid;
  }

  async function rejection(promise: Promise<unknown>) {
    return promise.then(
      () => expect.fail('it was resolved'),
      (error) => error as Error & { code: string; retryIn?: number },
    );
  }

  describe('of a shared server', () => {
    it('does not start two processes for callers that come at once', async () => {
      const starts = join(hosting.folder, 'starts');
      const host = hosting.host(hostile(`--starts=${starts}`));
      host.start();
      const connections = await Promise.all([host.connection(), host.connection(), host.connection()]);
      expect(new Set(connections).size).to.equal(1);
      expect(readFileSync(starts, 'utf8').trim().split('\n')).to.have.length(1);
      expect(host.current()).to.equal(connections[0]);
      expect(host.report).to.deep.equal({ status: 'connected' });
    });

    it('does not claim capabilities that no client declared', async () => {
      const { server } = await hosting.host(hostile()).connection();
      expect(server.serverInfo).to.deep.equal({ name: 'hostile', version: '1' });
      expect(server.capabilities.experimental).to.deep.equal({
        seen: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'mcp-client-fixture', version: '0.0.1' },
        },
      });
    });

    it('does not stay away after its process died', async () => {
      const host = hosting.host(hostile(), FAST);
      const first = await host.connection();
      const again = once(host, 'connected');
      await call(first, 'crash');
      expect(host.report.status).to.equal('connecting');
      expect(host.report.reason).to.match(/exit code 3/);
      expect(host.known?.serverInfo.name).to.equal('hostile');
      await again;
      expect(textOfOutcome(await call(await host.connection(), 'echo', { message: 'back' }))).to.equal('back');
      expect(host.restarts).to.equal(1);
      expect(host.report).to.deep.equal({ status: 'connected' });
    });

    it('does not let callers wait for a server that fails at each start', async () => {
      const host = hosting.host(hostile('--exit'), { ...FAST, firstDelay: 60_000, maxDelay: 60_000 });
      host.start();
      await statusOf(host, 'failed');
      const began = performance.now();
      const error = await rejection(host.connection());
      expect(performance.now() - began).to.be.below(50);
      expect(error.code).to.equal('MCPHUB_SERVER_UNAVAILABLE');
      expect(error.message).to.match(/^Server 'fixture' is not available: .*exit code 7.*; next attempt in \d+ s$/);
      expect(error.retryIn).to.be.within(40_000, 60_000);
    });

    it('does not refuse a caller when the last attempt is old', async () => {
      const starts = join(hosting.folder, 'starts');
      const host = hosting.host(hostile('--exit', `--starts=${starts}`), {
        ...FAST,
        firstDelay: 60_000,
        maxDelay: 60_000,
        retryAfter: 0,
      });
      host.start();
      await statusOf(host, 'failed');
      await rejection(host.connection());
      expect(readFileSync(starts, 'utf8').trim().split('\n')).to.have.length(2);
    });

    it('does not give up, and does not flicker in its reports', async () => {
      const reports: string[] = [];
      const host = hosting.host(hostile('--exit'), FAST);
      host.on('status', ({ status }) => reports.push(status));
      host.start();
      while (host.restarts < 3) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(reports).to.deep.equal(['failed']);
    });

    it('does not start a disabled server', async () => {
      const host = hosting.host({ ...hostile(), enabled: false });
      host.start();
      expect(host.report).to.deep.equal({ status: 'disabled' });
      expect((await rejection(host.connection())).message).to.match(
        /is disabled; set mcpServers.fixture.enabled to true/,
      );
    });

    it('does not serve after stop, and does not leave a process that was just starting', async () => {
      const starts = join(hosting.folder, 'starts');
      const host = hosting.host(hostile('--silent', `--starts=${starts}`), FAST);
      host.start();
      await until(() => readStarts(starts) !== '');
      await host.stop();
      expect(isRunning(Number(readStarts(starts)))).to.equal(false);
      expect((await rejection(host.connection())).message).to.match(/was stopped by the hub/);
    });
  });

  describe('of a server that is started on demand', () => {
    it('does not run before it is needed, nor longer than it is used', async () => {
      const host = hosting.host({ ...hostile(), startOnDemand: true, idleTimeoutMs: 150 }, FAST);
      host.start();
      expect(host.report).to.deep.equal({ status: 'idle' });
      expect(host.current()).to.equal(undefined);
      const connection = await host.connection();
      const pid = await pidOf(connection);
      await statusOf(host, 'idle');
      expect(await goneWithin(pid, 2_000)).to.equal(true);
      expect(host.known?.serverInfo.name).to.equal('hostile');
      expect(await pidOf(await host.connection())).not.to.equal(pid);
      expect(host.restarts).to.equal(0);
    });

    it('does not end while a call runs or calls keep coming', async () => {
      const host = hosting.host({ ...hostile(), startOnDemand: true, idleTimeoutMs: 300 }, FAST);
      const connection = await host.connection();
      expect(textOfOutcome(await call(connection, 'slow', {}, { onProgress: () => {} }))).to.equal('done');
      for (let i = 0; i < 8; i++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        host.touch();
      }
      expect(host.report.status).to.equal('connected');
    });

    it('does not restart by itself after a crash', async () => {
      const host = hosting.host({ ...hostile(), startOnDemand: true }, FAST);
      await call(await host.connection(), 'crash');
      expect(host.report.status).to.equal('idle');
      expect(textOfOutcome(await call(await host.connection(), 'echo', { message: 'again' }))).to.equal('again');
    });
  });

  describe('of a server with a process for each session', () => {
    const own = (...flags: string[]) => ({ ...hostile(...flags), perSessionClient: true });

    it('does not leave unknown whether the server works', async () => {
      const host = hosting.host(own(), FAST);
      host.start();
      await statusOf(host, 'connected');
      expect(host.known?.serverInfo.name).to.equal('hostile');
      expect(host.current()).to.equal(undefined);
      const broken = hosting.host(own('--exit'), FAST);
      broken.start();
      expect((await statusOf(broken, 'failed')).reason).to.match(/no licence/);
    });

    it('does not share a process between sessions, nor hide the client from it', async () => {
      const host = hosting.host(own(), FAST);
      const [a, b] = [peer('a', { roots: {} }), peer('b')];
      const [first, second, same] = await Promise.all([host.connection(a), host.connection(b), host.connection(a)]);
      expect(same).to.equal(first);
      expect(await pidOf(first)).not.to.equal(await pidOf(second));
      expect(first.server.capabilities.experimental).to.deep.nested.include({
        'seen.clientInfo': { name: 'client-a', version: '9' },
        'seen.capabilities': { roots: {} },
      });
      expect(JSON.parse(textOfOutcome(await call(first, 'roots'))).result).to.deep.equal({
        answered: 'roots/list',
        roots: [],
      });
    });

    it('does not keep the process of a session that ended', async () => {
      const host = hosting.host(own(), FAST);
      const [a, b] = [peer('a'), peer('b')];
      const pid = await pidOf(await host.connection(a));
      const other = await host.connection(b);
      await host.releaseSession('a');
      expect(isRunning(pid)).to.equal(false);
      expect(host.current(a)).to.equal(undefined);
      expect(a.lost).to.deep.equal([]);
      expect(textOfOutcome(await call(other, 'echo', { message: 'b' }))).to.equal('b');
      const starting = rejection(host.connection(a));
      await host.releaseSession('a');
      expect((await starting).message).to.match(/the session ended while its process started/);
    });

    it('does not keep a dead process for its session', async () => {
      const host = hosting.host(own(), FAST);
      const a = peer('a');
      const pid = await pidOf(await host.connection(a));
      await call(await host.connection(a), 'crash');
      expect(a.lost).to.have.length(1);
      expect(await pidOf(await host.connection(a))).not.to.equal(pid);
    });

    it('does not start a failing server anew for each call', async () => {
      const starts = join(hosting.folder, 'starts');
      const host = hosting.host(own('--exit', `--starts=${starts}`), { ...FAST, firstDelay: 60_000, maxDelay: 60_000 });
      const a = peer('a');
      expect((await rejection(host.connection(a))).message).to.match(/no licence/);
      await statusOf(host, 'failed');
      const before = readStarts(starts);
      expect((await rejection(host.connection(a))).message).to.match(/no licence/);
      expect(readStarts(starts)).to.equal(before);
    });
  });
});

function readStarts(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
