import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Connection, Outcome } from '../../../node/servers/connection.ts';
import {
  call,
  goneWithin,
  Hosting,
  hostile,
  isRunning,
  statusOf,
  textOfOutcome,
} from '../../support/servers/hosting.ts';

describe('a stdio server', () => {
  let hosting: Hosting;
  let connection: Connection;

  beforeEach(async () => {
    hosting = new Hosting();
    connection = await hosting.host(hostile()).connection();
  });
  afterEach(() => hosting.clean());

  const warnings = () => hosting.lines.filter(({ level }) => level === 40);

  it('does not lose its answers behind garbage on its output', async () => {
    expect(textOfOutcome(await call(connection, 'garbage'))).to.equal('after garbage');
    expect(warnings()).to.have.length(1);
    expect(warnings()[0]).to.include({ server: 'fixture', problem: 'not JSON' });
  });

  it('does not end over a 12 MB line, and fails the request that it answered at once', async () => {
    const outcome = await call(connection, 'long', { size: 12 * 1024 * 1024 });
    expect(textOfOutcome(outcome)).to.match(/^error: Server 'fixture' sent an answer that is 125\d+ bytes long/);
    expect(textOfOutcome(await call(connection, 'longNoise', { size: 12 * 1024 * 1024 }))).to.equal('after noise');
    expect(textOfOutcome(await call(connection, 'echo', { message: 'on' }))).to.equal('on');
  });

  it('does not corrupt a 9 MB answer', async () => {
    expect(textOfOutcome(await call(connection, 'long', { size: 9_000_000 }))).to.equal('x'.repeat(9_000_000));
  });

  it('does not corrupt a 9 MB argument', async () => {
    const message = '€'.repeat(3_000_000);
    expect(textOfOutcome(await call(connection, 'echo', { message }))).to.equal(message);
  });

  it('does not leave a call in silence when its process dies', async () => {
    const [crash, hang] = await Promise.all([call(connection, 'crash'), call(connection, 'hang')]);
    for (const outcome of [crash, hang]) {
      expect(textOfOutcome(outcome)).to.equal(
        "error: Server 'fixture' stopped (exit code 3): boom: the database is gone; the call may or may not have run",
      );
      expect('error' in outcome && outcome.error.code).to.equal(-32603);
    }
  });

  it('does not buffer without bounds for a server that does not read', async () => {
    const deaf = await hosting.host(hostile('--deaf'), { exitGrace: 100 }).connection();
    const message = 'x'.repeat(4 * 1024 * 1024);
    const calls = Array.from({ length: 20 }, () => call(deaf, 'echo', { message }));
    expect(textOfOutcome((await calls.at(-1)) as Outcome)).to.equal(
      "error: The request was not delivered: server 'fixture' does not read its input",
    );
    await deaf.close();
    for (const outcome of await Promise.all(calls)) expect(textOfOutcome(outcome)).to.match(/^error: /);
  });

  it('does not read messages as text of the shell', async () => {
    const config = hostile();
    const host = hosting.host({ ...config, args: [...(config.args ?? []), '; touch /tmp/never', '$(id)', '`id`'] });
    expect(textOfOutcome(await call(await host.connection(), 'echo', { message: '$HOME' }))).to.equal('$HOME');
  });

  it('does not hand the secrets of the cluster to servers', async () => {
    process.env.MCPHUB_CLUSTER_SECRET = 'hush';
    process.env.MCPHUB_VARIABLES_PATH = '/nowhere';
    try {
      const host = hosting.host({ ...hostile(), env: { OWN: 'yes' } });
      const own = await host.connection();
      expect(textOfOutcome(await call(own, 'env', { name: 'MCPHUB_CLUSTER_SECRET' }))).to.equal('(unset)');
      expect(textOfOutcome(await call(own, 'env', { name: 'MCPHUB_VARIABLES_PATH' }))).to.equal('(unset)');
      expect(textOfOutcome(await call(own, 'env', { name: 'OWN' }))).to.equal('yes');
      expect(textOfOutcome(await call(own, 'env', { name: 'PATH' }))).to.equal(process.env.PATH);
    } finally {
      delete process.env.MCPHUB_CLUSTER_SECRET;
      delete process.env.MCPHUB_VARIABLES_PATH;
    }
  });

  it('does not start in another folder than the entry says', async () => {
    const cwd = join(hosting.folder, 'inner');
    mkdirSync(cwd);
    const host = hosting.host({ ...hostile(), cwd });
    expect(textOfOutcome(await call(await host.connection(), 'cwd'))).to.equal(realpathSync(cwd));
  });

  it('does not outlive stop when it ignores the end of input and SIGTERM', async () => {
    const host = hosting.host(hostile('--stubborn', '--grandchild'), { exitGrace: 200 });
    const pids = JSON.parse(textOfOutcome(await call(await host.connection(), 'pids')));
    expect(isRunning(pids.grandchild)).to.equal(true);
    await host.stop();
    expect(await goneWithin(pids.pid, 1_000)).to.equal(true);
    expect(await goneWithin(pids.grandchild, 1_000)).to.equal(true);
  });

  it('does not leave the children of a process that died by itself', async () => {
    const host = hosting.host(hostile('--grandchild'), { exitGrace: 200 });
    const own = await host.connection();
    const pids = JSON.parse(textOfOutcome(await call(own, 'pids')));
    await call(own, 'crash');
    expect(await goneWithin(pids.grandchild, 2_000)).to.equal(true);
  });

  it('does not need the grace of SIGTERM when it ends with its input', async () => {
    const host = hosting.host(hostile(), { exitGrace: 5_000 });
    await host.connection();
    const began = performance.now();
    await host.stop();
    expect(performance.now() - began).to.be.below(2_000);
  });

  describe('that cannot be started', () => {
    async function reasonOf(config: Parameters<Hosting['host']>[0], startTimeout = 10_000): Promise<string> {
      const host = hosting.host(config, { startTimeout, exitGrace: 100 });
      host.start();
      return (await statusOf(host, 'failed')).reason ?? '';
    }

    it('does not hide that its command does not exist', async () => {
      expect(await reasonOf({ command: 'no-such-thing' })).to.equal(
        "command 'no-such-thing' was not found in PATH; install it or correct mcpServers.fixture.command",
      );
      expect(await reasonOf({ command: './no-such-thing' })).to.match(/does not exist or is not executable/);
    });

    it('does not hide that its file is no program', async () => {
      const file = join(hosting.folder, 'program');
      writeFileSync(file, 'no interpreter line', { mode: 0o644 });
      expect(await reasonOf({ command: file })).to.match(/is not executable; install it or correct/);
      expect(await reasonOf({ ...hostile(), cwd: join(hosting.folder, 'none') })).to.match(
        /correct mcpServers.fixture.cwd/,
      );
    });

    it('does not hide what it said last, and does not show its secrets', async () => {
      const reason = await reasonOf({ ...hostile('--exit'), env: { API_KEY: 'sk-123456' } });
      expect(reason).to.equal("Server 'fixture' stopped (exit code 7): cannot start: no licence, key ***");
    });

    it('does not wait forever for an answer to initialize', async () => {
      expect(await reasonOf(hostile('--silent'), 600)).to.equal(
        "server 'fixture' did not answer initialize within 0.6 s",
      );
    });

    const program = (source: string) => ({
      command: process.execPath,
      args: ['-e', `${source}; setInterval(() => {}, 1000)`],
    });

    it('is not taken for a silent one when it serves HTTP, or prints something else', async () => {
      const web = await reasonOf(program("console.log('Listening on http://127.0.0.1:3000/mcp')"), 1_500);
      expect(web).to.match(/^server 'fixture' did not answer initialize within 1.5 s; it printed "Listening on http:/);
      expect(web).to.include('set mcpServers.fixture.url');
      const other = await reasonOf(program("console.log('ready'); console.error('waiting for a licence')"), 1_500);
      expect(other).to.include('; it printed "ready", which is no MCP message: waiting for a licence');
      const ended = await reasonOf({ command: 'sh', args: ['-c', 'echo usage: server FILE; exit 2'] });
      expect(ended).to.equal(
        `Server 'fixture' stopped (exit code 2); it printed "usage: server FILE", which is no MCP message`,
      );
    });

    it('says at once that npx has no network', async function () {
      this.timeout(60_000);
      const env = { npm_config_registry: 'http://127.0.0.1:1/', npm_config_cache: hosting.folder };
      const reason = await reasonOf({ command: 'npx', args: ['-y', '@mcphub/none'], env }, 40_000);
      expect(reason).to.match(/^Server 'fixture' stopped .*ECONNREFUSED/s);
    });

    it('does not take a revision that it cannot speak', async () => {
      expect(await reasonOf(hostile('--revision=1999-01-01'))).to.match(
        /^server 'fixture' speaks revision "1999-01-01"/,
      );
    });
  });
});
