import type { McpHubCluster } from '../../operator/api/types.ts';
import { applyCrds, Clusters, type SpecInput } from '../../test/kube/support/clusters.ts';
import { type ControlPlane, startControlPlane } from '../../test/kube/support/control-plane.ts';
import { type FaultProxy, startFaultProxy } from '../../test/kube/support/fault-proxy.ts';
import { eventually } from '../../test/support/eventually.ts';
import { buildForPods } from './build.ts';
import { type HubDoor, openHubDoor } from './hub-door.ts';
import { MeasuredOperator, type MeasuredOptions } from './measured-operator.ts';

/** Clusters that are created at the same time. */
const AT_ONCE = 10;
/** Milliseconds for one cluster to come up, as an allowance for all of them together. */
const EACH = 3_000;

/** One Pod of each kind, so that the Pods cost little and the objects are those of any cluster. */
export const SPEC: SpecInput = {
  coordinator: { replicas: 1 },
  nodes: { replicas: 1 },
  mcpServers: { echo: { command: 'echo', args: ['0'] } },
};

/** A real API server with many clusters, and one operator at a time. */
export class Lab {
  readonly plane: ControlPlane;
  readonly proxy: FaultProxy;
  readonly hubs: HubDoor;
  readonly clusters: Clusters;
  readonly namespace: string;
  readonly #names: string[] = [];
  readonly #script = buildForPods();
  #operator: MeasuredOperator | undefined;

  constructor(plane: ControlPlane, proxy: FaultProxy, hubs: HubDoor, namespace: string) {
    this.plane = plane;
    this.proxy = proxy;
    this.hubs = hubs;
    this.namespace = namespace;
    this.clusters = new Clusters(plane, namespace);
  }

  /** Names of the clusters. */
  get names(): readonly string[] {
    return this.#names;
  }

  get operator(): MeasuredOperator {
    if (this.#operator === undefined) throw new Error('no operator runs');
    return this.#operator;
  }

  /** Ends the operator that runs and starts another one. @returns before it is ready */
  async replaceOperator(options: Partial<MeasuredOptions> = {}): Promise<MeasuredOperator> {
    await this.#operator?.end();
    const { plane, proxy } = this;
    this.#operator = new MeasuredOperator({
      plane,
      proxy,
      script: this.#script,
      hubs: this.hubs.templates,
      ...options,
    });
    return this.#operator;
  }

  /** Makes clusters until there are so many and all of them run. There has to be an operator. */
  async grow(count: number): Promise<void> {
    const fresh = Array.from({ length: Math.max(0, count - this.#names.length) }, (_, i) => this.#names.length + i);
    const left = fresh.map((i) => `hub-${String(i).padStart(3, '0')}`);
    this.#names.push(...left);
    const within = 60_000 + fresh.length * EACH;
    const work = async () => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) await this.clusters.apply(name, SPEC);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await eventually(`${count} clusters run`, () => this.#allRun(), within);
  }

  /**
   * Waits until nothing was written for a while, so that a measurement begins in quiet.
   * @param quiet milliseconds
   */
  async settle(quiet = 10_000, within = 180_000): Promise<void> {
    let before = this.writes();
    let since = performance.now();
    await eventually(
      'the operator writes nothing any more',
      () => {
        const now = this.writes();
        if (now !== before) since = performance.now();
        before = now;
        if (performance.now() - since < quiet) throw new Error(JSON.stringify(this.proxy.log.summary()));
      },
      within,
    );
  }

  /** What the operator wrote, except its Lease, which it has to renew. */
  writes(): number {
    return this.proxy.log.writes(['leases']);
  }

  async close(): Promise<void> {
    await this.#operator?.end();
    await this.proxy.close();
    await this.hubs.close();
    await this.plane.stop();
  }

  async #allRun(): Promise<void> {
    const path = `/apis/mcphub.io/v1alpha1/namespaces/${this.namespace}/mcphubclusters`;
    const { items } = (await this.plane.api.ok('GET', path)) as { items: McpHubCluster[] };
    const waiting = items.filter(({ status }) => status?.nodes?.ready !== 1 || status.coordinators?.ready !== 1);
    if (items.length < this.#names.length || waiting.length > 0) {
      throw new Error(`${waiting.length} of ${items.length} do not run yet`);
    }
  }
}

/** Starts one without clusters and without an operator; `close` it. */
export async function openLab(): Promise<Lab> {
  const plane = await startControlPlane();
  await applyCrds(plane);
  const namespace = await plane.namespace('many');
  return new Lab(plane, await startFaultProxy(plane), await openHubDoor(), namespace);
}
