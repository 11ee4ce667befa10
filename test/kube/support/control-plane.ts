import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeKeyPair, makeServerCertificate } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-port.ts';
import { Api } from './api.ts';
import { kubeBinary, kwokStages } from './binaries.ts';
import { Component } from './component.ts';
import { apiServerArgs, controllerManagerArgs, etcdArgs, kwokArgs, NODES, schedulerArgs } from './flags.ts';
import type { KubeBinary } from './go-builds.ts';
import { tokenOf, writeKubeconfig, writeTokens } from './identities.ts';
import { runKubectl } from './kubectl.ts';
import { Reaper } from './reaper.ts';

/** The Service of the API server, the first of its range. */
const KUBERNETES_SERVICE = '198.19.0.1';

export interface ControlPlaneOptions {
  /** Pods get a node. Default: true. */
  scheduler?: boolean;
  /** There are nodes, and Pods on them become Ready. Default: true. */
  kwok?: boolean;
  /** More flags of kube-apiserver. */
  apiArgs?: readonly string[];
}

/** A real API server with its controllers on loopback. */
export class ControlPlane {
  /** Where the API server is, as `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** Certificates, logs and data; gone with it. */
  readonly folder: string;
  /** Path of a kubeconfig that may do everything. */
  readonly kubeconfig: string;
  /** Calls that may do everything. */
  readonly api: Api;
  readonly #reaper: Reaper;
  readonly #options: ControlPlaneOptions;
  readonly #ports: { etcd: number; peer: number; api: number; controllers: number; scheduler: number; kwok: number };
  readonly #components = new Map<KubeBinary, Component>();
  #namespaces = 0;
  #kubeconfigs = 0;

  /** Use {@link startControlPlane}. */
  constructor(folder: string, ports: readonly number[], options: ControlPlaneOptions) {
    const [etcd = 0, peer = 0, api = 0, controllers = 0, scheduler = 0, kwok = 0] = ports;
    this.#ports = { etcd, peer, api, controllers, scheduler, kwok };
    this.#options = options;
    this.folder = folder;
    this.#reaper = new Reaper(folder);
    this.server = `https://127.0.0.1:${api}`;
    makeAuthority(folder);
    makeServerCertificate(folder, ['127.0.0.1', KUBERNETES_SERVICE]);
    makeKeyPair(folder, 'sa');
    writeTokens(folder);
    this.kubeconfig = writeKubeconfig(folder, 'admin', this.server, tokenOf('admin'));
    this.api = new Api(this.server, this.ca, tokenOf('admin'));
  }

  /** The authority of the API server's certificate, as PEM. */
  get ca(): string {
    return readFileSync(join(this.folder, 'ca.crt'), 'utf8');
  }

  /** Memory of each program in bytes. */
  get memory(): Partial<Record<KubeBinary, number>> {
    return Object.fromEntries([...this.#components].map(([name, component]) => [name, component.rss]));
  }

  /** Process of a program, for faults such as SIGSTOP. */
  pid(name: KubeBinary): number {
    return this.#component(name).pid;
  }

  /** The end of a program's log. */
  tail(name: KubeBinary): string {
    return this.#component(name).tail();
  }

  /** Starts everything and waits until it serves. @throws with the end of a log */
  async start(): Promise<void> {
    await this.#run('etcd', etcdArgs(this.folder, this.#ports));
    await this.startApiServer();
    const { scheduler = true, kwok = true } = this.#options;
    await this.#runController('kube-controller-manager', (kubeconfig) =>
      controllerManagerArgs(this.folder, kubeconfig, this.#ports.controllers),
    );
    if (scheduler) {
      await this.#runController('kube-scheduler', (kubeconfig) => schedulerArgs(kubeconfig, this.#ports.scheduler));
    }
    if (kwok) {
      const stages = await kwokStages();
      await this.#runController('kwok', (kubeconfig) => kwokArgs(kubeconfig, this.#ports.kwok, stages));
      for (const node of NODES) await this.api.ok('POST', '/api/v1/nodes', node);
    }
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    const controllers = this.#component('kube-controller-manager');
    await controllers.ready('makes the default ServiceAccount', () => this.#serves(account));
    if (kwok) await this.#component('kwok').ready('makes nodes Ready', () => this.#nodesAreReady());
  }

  /** Starts the API server on the data that is there, and waits until it is ready. */
  async startApiServer(): Promise<void> {
    const args = apiServerArgs(this.folder, this.#ports, this.#options.apiArgs ?? []);
    const component = await this.#run('kube-apiserver', args);
    await component.ready('answers /readyz', () => this.#serves('/readyz'));
  }

  /** Kills the API server, as its machine would by losing power. */
  async stopApiServer(): Promise<void> {
    await this.#component('kube-apiserver').kill();
  }

  /** Every watch ends, and a resourceVersion from before gets 410. About 3 s. */
  async restartApiServer(): Promise<void> {
    await this.stopApiServer();
    await this.startApiServer();
  }

  /**
   * Runs kubectl as admin, for at most a minute.
   * @param stdin such as the manifests for `apply -f -`
   * @returns what it printed
   * @throws with what it printed on stderr
   */
  kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return runKubectl(this.kubeconfig, this.folder, args, stdin);
  }

  /** Makes a namespace with its ServiceAccount. It goes with the control plane: removing one takes 5 s. */
  async namespace(prefix = 'test'): Promise<string> {
    this.#namespaces += 1;
    const name = `${prefix}-${this.#namespaces}`;
    await this.api.ok('POST', '/api/v1/namespaces', { metadata: { name } });
    const controllers = this.#component('kube-controller-manager');
    const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
    await controllers.ready(`makes the ServiceAccount of ${name}`, () => this.#serves(account));
    return name;
  }

  /** Writes a kubeconfig for a token. @param server another way to the API server. @returns its path */
  kubeconfigFor(token: string, server = this.server, namespace?: string): string {
    this.#kubeconfigs += 1;
    return writeKubeconfig(this.folder, `client-${this.#kubeconfigs}`, server, token, namespace);
  }

  /** A token of a ServiceAccount, good for an hour. */
  async tokenFor(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const { status } = await this.api.ok('POST', path, { spec: { expirationSeconds: 3_600 } });
    return status.token;
  }

  /** Kills everything and removes the folder. */
  async stop(): Promise<void> {
    await this.api.close();
    await this.#reaper.reap();
  }

  #component(name: KubeBinary): Component {
    const component = this.#components.get(name);
    if (component === undefined) throw new Error(`this control plane runs without ${name}`);
    return component;
  }

  async #run(name: KubeBinary, args: readonly string[]): Promise<Component> {
    const component = new Component(await kubeBinary(name), args, this.folder, this.#reaper);
    this.#components.set(name, component);
    return component;
  }

  async #runController(
    name: 'kube-controller-manager' | 'kube-scheduler' | 'kwok',
    args: (kubeconfig: string) => string[],
  ): Promise<void> {
    await this.#run(name, args(writeKubeconfig(this.folder, name, this.server, tokenOf(name))));
  }

  /** No answer is an answer too: it does not serve. */
  async #serves(path: string): Promise<boolean> {
    try {
      return (await this.api.call('GET', path)).status === 200;
    } catch {
      return false;
    }
  }

  async #nodesAreReady(): Promise<boolean> {
    const { items } = await this.api.ok('GET', '/api/v1/nodes');
    const ready = (items as { status?: { conditions?: { type: string; status: string }[] } }[]).filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    return ready.length === NODES.length;
  }
}

/**
 * Starts a control plane of its own; about 5 s and 0.6 GiB.
 * @throws when it does not come up within a minute, with the end of the log that says why
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const plane = new ControlPlane(mkdtempSync(join(tmpdir(), 'mcphub-kube-')), await freePorts(6), options);
  try {
    await plane.start();
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
