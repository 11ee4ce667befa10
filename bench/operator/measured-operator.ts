import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../../test/kube/support/control-plane.ts';
import type { FaultProxy } from '../../test/kube/support/fault-proxy.ts';
import { tokenOf } from '../../test/kube/support/identities.ts';
import { HubProcess } from '../../test/support/process.ts';
import { cpuMicroseconds } from '../cpu.ts';
import { optionsOfImage } from './image-options.ts';

/** How an operator finds the API server: `pod` by the files of its ServiceAccount, `kubeconfig` by the library. */
export type Login = 'pod' | 'kubeconfig';

/** Milliseconds until it watches everything. */
const READY = 60_000;
/** Where it is, for its Lease. */
const NAMESPACE = 'default';

export interface MeasuredOptions {
  plane: ControlPlane;
  proxy: FaultProxy;
  /** Script that runs the operator as in a Pod. */
  script: string;
  /** Address under which hubs are looked for; see `ReachTemplates`. */
  hubs: { coordinator: string; hub: string };
  login?: Login;
  /** `debug` tells of every reconciliation. */
  logLevel?: 'info' | 'debug';
  /** Options of node, such as `--cpu-prof`. */
  nodeOptions?: readonly string[];
}

let count = 0;

/** An operator for all namespaces, as a process of its own, behind a proxy that counts what it asks. */
export class MeasuredOperator extends HubProcess {
  /** Of `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #folder: string;

  constructor({ plane, proxy, script, hubs, login = 'pod', logLevel = 'info', nodeOptions = [] }: MeasuredOptions) {
    count += 1;
    const folder = mkdtempSync(join(tmpdir(), 'mcphub-operator-'));
    const common = {
      HOME: folder,
      POD_NAME: `measured-${count}`,
      POD_NAMESPACE: NAMESPACE,
      HOST: '127.0.0.1',
      METRICS_PORT: '0',
      LOG_LEVEL: logLevel,
      MCPHUB_OPERATOR_COORDINATOR_URL: hubs.coordinator,
      MCPHUB_OPERATOR_HUB_URL: hubs.hub,
    };
    const wrapper = [process.execPath, ...optionsOfImage(), ...nodeOptions];
    // What follows the wrapper is then an argument that nobody reads.
    if (login === 'pod')
      super({ ...common, ...serviceAccount(folder, plane, proxy) }, [], folder, [...wrapper, script]);
    else super({ ...common, KUBECONFIG: proxy.kubeconfig() }, ['operator'], folder);
    this.#folder = folder;
  }

  /** Resolves when it reconciles. @throws with its log when it does not come to that */
  async ready(): Promise<this> {
    await this.line(({ msg }) => msg === 'Operator is ready', 0, READY);
    return this;
  }

  /** Seconds of CPU since its start. */
  get cpu(): number {
    return cpuMicroseconds([this.pid]) / 1e6;
  }

  /** Keys of clusters with the number of their reconciliations, as far as the log level is `debug`. */
  reconciliations(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { msg, key } of this.log) {
      if (msg === 'reconciled' && typeof key === 'string') counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  /** Ends as a Pod does that is replaced: its successor finds the Lease free. */
  async end(): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Writes the files that Kubernetes mounts. @returns the variables that lead to them */
function serviceAccount(folder: string, plane: ControlPlane, proxy: FaultProxy): Record<string, string> {
  const directory = join(folder, 'serviceaccount');
  mkdirSync(directory);
  writeFileSync(join(directory, 'token'), tokenOf('admin'));
  writeFileSync(join(directory, 'ca.crt'), plane.ca);
  writeFileSync(join(directory, 'namespace'), NAMESPACE);
  const { hostname, port } = new URL(proxy.url);
  return { BENCH_SERVICE_ACCOUNT: directory, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}
