import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { makeBase } from './base.ts';
import { buildStages, stagesOf } from './stages.ts';
import { type Builder, canMakeBase, findBuildah, findDocker, run } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mcphub-cluster', 'image');
const TARGETS = ['coordinator', 'node', 'operator'];

describe('the Dockerfile', () => {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

  it('has the targets that examples and charts name', () => {
    expect(stagesOf(text)).to.include.members(TARGETS);
  });

  it('never ends a target as root', () => {
    const stages = text.split(/^FROM /m).slice(1);
    const users = stages.map((stage) => [...stage.matchAll(/^USER (\S+)$/gm)].at(-1)?.[1]);
    const node = stages.findIndex((stage) => / AS node\n/.test(stage));
    const app = stages.findIndex((stage) => / AS app\n/.test(stage));
    expect([users[node], users[app]]).to.eql(['1000:1000', '1000:1000']);
    for (const target of ['coordinator', 'operator']) {
      expect(stages.find((stage) => stage.startsWith(`app AS ${target}\n`)))
        .to.be.a('string')
        .and.not.contain('USER 0');
    }
  });

  it('installs exactly what the lock file says, and no development dependency in the image', () => {
    expect(text)
      .to.contain('npm ci --omit=dev')
      .and.not.to.match(/npm (install|i) /);
  });
});

describe('the images', function () {
  this.timeout(600_000);
  const docker = findDocker();
  const buildah = docker === undefined ? findBuildah(CACHE) : undefined;
  const builder: Builder | undefined = docker ?? (canMakeBase() ? buildah : undefined);
  const running: ChildProcess[] = [];

  before(async function () {
    if (builder === undefined) {
      return needs(this, false, 'a docker engine or, as root, buildah with debootstrap');
    }
    const args: Record<string, string> = {};
    if (builder.name === 'buildah') {
      mkdirSync(CACHE, { recursive: true });
      args.BASE = 'localhost/mcphub-base:latest';
      await builder.build('', args.BASE, await makeBase(CACHE, ROOT));
    }
    await buildStages(builder, ROOT, args);
  });

  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(running.splice(0).map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  });

  /** Starts an image as user 1000 with a read-only root, as far as the tool at hand can. */
  async function start(target: string, command: string[], env: Record<string, string>): Promise<ChildProcess> {
    const args = docker ? dockerRun(target, command, env) : chrootRun(await mounted(target), command, env);
    const child = spawn(args[0] ?? '', args.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    return child;
  }

  async function mounted(target: string): Promise<string> {
    return (await buildah?.mount(`mcphub-${target}:test`)) ?? '';
  }

  function dockerRun(target: string, command: string[], env: Record<string, string>): string[] {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const limits = ['--read-only', '--tmpfs', '/tmp:exec,mode=1777', '--cap-drop', 'ALL', '--network', 'host'];
    const entry = command.length === 0 ? [] : ['--entrypoint', command[0] ?? ''];
    return ['docker', 'run', '--rm', ...limits, ...variables, ...entry, `mcphub-${target}:test`, ...command.slice(1)];
  }

  /**
   * Its files in a mount namespace of their own, read-only but for /tmp: what a container runtime does, without one.
   * Each step replaces the one before, so the process that is killed in the end is the hub itself.
   */
  function chrootRun(root: string, command: string[], env: Record<string, string>): string[] {
    const inside = command.length === 0 ? ['node', '/app/dist/bin/mcphub.js'] : command;
    const variables = Object.entries({ HOME: '/tmp', PATH: '/usr/local/bin:/usr/bin:/bin', ...env });
    const script = [
      `mount --bind ${root} ${root}`,
      `mount -o remount,bind,ro ${root}`,
      `mount -t tmpfs -o mode=1777 tmpfs ${root}/tmp`,
      `mount --bind /proc ${root}/proc`,
      `exec chroot --userspec=1000:1000 ${root} /usr/bin/env -C /app "$@"`,
    ].join(' && ');
    const words = [...variables.map(([name, value]) => `${name}=${value}`), ...inside];
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...words];
  }

  async function output(child: ChildProcess): Promise<string> {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await once(child, 'exit');
    return text;
  }

  for (const [target, mode] of [
    ['coordinator', 'coordinator'],
    ['node', 'standalone'],
  ] as const) {
    it(`start ${target} in mode ${mode}, which answers /health, as user 1000 on a read-only file system`, async () => {
      const env = { MCPHUB_CLUSTER_MODE: mode, HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0' };
      const child = await start(target, [], { ...env, MCPHUB_CLUSTER_TOKEN: 'token' });
      const lines = createInterface({ input: child.stdout ?? process.stdin });
      const url = await new Promise<string>((resolve, reject) => {
        lines.on('line', (line) => {
          const { msg, role, url } = line.startsWith('{') ? JSON.parse(line) : {};
          if (msg === 'Listening' && (role === undefined || role === 'coordinator')) resolve(url);
        });
        child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
      });
      const response = await fetch(`${url}/health`);
      expect(response.status).to.equal(200);
      expect(await response.json()).to.have.property('status');
    });
  }

  it('have npx, uvx and Python in the node image', async () => {
    const script = 'npx --version && uvx --version && python3 --version && tini --version && id -u';
    const text = await output(await start('node', ['sh', '-c', script], {}));
    expect(text).to.match(/^\d+\.\d+\.\d+\nuvx? \d+.*\nPython 3.*\ntini .*\n1000\n$/);
  });

  it('ship production dependencies only', async () => {
    const child = await start('coordinator', ['ls', '/app/node_modules', '/app'], {});
    const names = (await output(child)).split('\n');
    expect(names).to.include.members(['express', 'pino-pretty', 'dist', 'LICENSE']);
    expect(names).not.to.include.members(['mocha']).and.not.to.include.members(['typescript']);
  });

  after(async () => {
    if (docker !== undefined) await run('docker', ['image', 'prune', '--force']);
    else if (builder !== undefined) await buildah?.clean();
  });
});
