import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kubeBinary } from '../../kube/support/binaries.ts';
import { until } from '../../support/until.ts';
import { ADDRESSES, LINK, NODE_NAME } from './addresses.ts';
import { writeConfiguration } from './configuration.ts';
import { writeCredentials } from './credentials.ts';
import { buildImages, type Images } from './images.ts';
import { Kubectl } from './kubectl.ts';

const PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
] as const;
/** Milliseconds in which each stage of a start has to come to its end; images are loaded in one of them. */
const STAGE = 180_000;

/** A real Kubernetes with one node that runs Pods, in namespaces of its own. */
export class Cluster {
  readonly kubectl: Kubectl;
  /** Files of this run, logs of all programs among them. */
  readonly folder: string;
  readonly #init: ChildProcess;
  readonly #lines = new EventEmitter<{ line: [string] }>();
  /** What the first process said. */
  readonly #said: string[] = [];

  private constructor(folder: string, environment: Record<string, string>) {
    this.folder = folder;
    this.kubectl = new Kubectl(join(folder, 'admin.kubeconfig'));
    const script = join(import.meta.dirname, 'namespaces.sh');
    this.#init = spawn('sh', [script, folder, cgroupName()], {
      // A session of its own: an interrupt at the terminal must not end it before it has cleaned up.
      detached: true,
      env: { PATH: process.env.PATH, MCPHUB_E2E_KEEP: process.env.MCPHUB_E2E_KEEP, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#init.stdout, this.#init.stderr]) {
      createInterface({ input: stream as NonNullable<typeof stream> }).on('line', (line) => {
        this.#said.push(line);
        this.#lines.emit('line', line);
      });
    }
  }

  /** Builds what is needed and starts a cluster; it ends with this process, however that ends. */
  static async start(): Promise<Cluster> {
    const programs = await pathsOfPrograms();
    const images = await buildImages();
    const folder = mkdtempSync(join(tmpdir(), 'mcphub-e2e-'));
    writeCredentials(folder);
    writeConfiguration(folder, images.store, cgroupName());
    const cluster = new Cluster(folder, { ...programs, ...environmentOf(folder, images) });
    try {
      await cluster.#bringUp(images);
      return cluster;
    } catch (error) {
      const why = cluster.report();
      await cluster.stop();
      throw new Error(`the cluster did not start: ${(error as Error).message}\n${why}`);
    }
  }

  async #bringUp(images: Images): Promise<void> {
    const pid = (await this.#line(/^unshared (\d+)$/))[1] as string;
    await this.#line(/^ready for the link$/);
    layLink(pid);
    this.#init.stdin?.write('go\n');
    await this.#line(/^ready for the node$/);
    const failed = this.#said.filter((line) => line.includes('cannot be imported'));
    if (failed.length > 0) throw new Error(failed.join('\n'));
    images.loaded();
    await until(() => this.#answers('get', '--raw=/readyz'), STAGE);
    this.#init.stdin?.write('go\n');
    await until(() => this.#answers('get', 'node', NODE_NAME), STAGE);
    await this.kubectl.run(['wait', 'node', NODE_NAME, '--for=condition=Ready', '--timeout=60s'], '', 70_000);
    await until(() => this.#answers('get', 'serviceaccount', 'default'), STAGE);
  }

  /** Runs a program where the Pods run. @returns what it printed */
  inside(...command: string[]): string {
    const pid = this.#said.find((line) => line.startsWith('unshared '))?.split(' ')[1] as string;
    return execFileSync('nsenter', ['-t', pid, '-n', '-m', '-u', '-i', '--', ...command], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  }

  /** What went wrong so far, as the programs said it. */
  report(): string {
    const ends = ['containerd', 'kubelet', 'apiserver'].map((name) => {
      try {
        return `${name}: ${readFileSync(join(this.folder, `${name}.log`), 'utf8').slice(-1_500)}`;
      } catch {
        return `${name} has no log`;
      }
    });
    return [...this.#said, ...ends].join('\n');
  }

  /** Ends everything and waits until nothing of it is left. */
  async stop(): Promise<void> {
    if (this.#init.exitCode !== null || this.#init.signalCode !== null) return;
    const ended = once(this.#init, 'close');
    this.#init.stdin?.end();
    await ended;
  }

  async #answers(...args: string[]): Promise<boolean> {
    return this.kubectl.run([...args, '--request-timeout=5s']).then(
      () => true,
      () => false,
    );
  }

  /** The first line that matches, now or later. */
  async #line(wanted: RegExp): Promise<RegExpExecArray> {
    const known = this.#said.map((line) => wanted.exec(line)).find((match) => match !== null);
    if (known != null) return known;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        this.#lines.off('line', look);
        this.#init.off('exit', gone);
        end();
      };
      const look = (line: string) => {
        const match = wanted.exec(line);
        if (match !== null) settle(() => resolve(match));
      };
      const gone = () => settle(() => reject(new Error('its first process ended')));
      const timer = setTimeout(() => settle(() => reject(new Error(`no ${wanted} in ${STAGE} ms`))), STAGE);
      this.#lines.on('line', look);
      this.#init.once('exit', gone);
    });
  }
}

function cgroupName(): string {
  return `mcphub-e2e-${process.pid}`;
}

async function pathsOfPrograms(): Promise<Record<string, string>> {
  const paths: Record<string, string> = {};
  for (const name of PROGRAMS) paths[name.toUpperCase().replaceAll('-', '_')] = await kubeBinary(name);
  return paths;
}

function environmentOf(folder: string, images: Images): Record<string, string> {
  return {
    RUN: folder,
    ARCHIVES: images.archives.join(' '),
    NODE_NAME,
    NODE_IP: ADDRESSES.node,
    NODE_ADDRESS: `${ADDRESSES.node}/${ADDRESSES.nodePrefix}`,
    GUEST_ADDRESS: `${ADDRESSES.guest}/${ADDRESSES.linkPrefix}`,
    SERVICES: ADDRESSES.services,
  };
}

/** The one link between the machine and the cluster, gone with the namespace at its other end. */
function layLink(pid: string): void {
  const routes = [`${ADDRESSES.node}/32`, ADDRESSES.services, ADDRESSES.pods, ADDRESSES.balancers];
  const lines = [
    `link add name ${LINK} type veth peer name host0 netns ${pid}`,
    `address add ${ADDRESSES.host}/${ADDRESSES.linkPrefix} dev ${LINK}`,
    `link set dev ${LINK} up`,
    ...routes.map((route) => `route add ${route} via ${ADDRESSES.guest} dev ${LINK}`),
  ];
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n`, stdio: 'pipe' });
}
