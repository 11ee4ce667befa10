import type { McpHubCluster, McpHubClusterSpec } from '../../../../operator/api/types.ts';
import type { RegistryTarget, Verification, VerifyTarget } from '../../../../operator/hub/observer.ts';
import type { Rounds } from '../../../../operator/hub/rounds.ts';
import type { HubView } from '../../../../operator/hub/view.ts';
import type { KubeObject } from '../../../../operator/kube/contract.ts';
import { CLUSTERS, CONFIG_MAPS, PODS, SECRETS } from '../../../../operator/reconcile/kinds.ts';
import { createReconciler } from '../../../../operator/reconcile/reconciler.ts';
import { FakeApi } from './fake-api.ts';
import { FakeClock } from './fake-clock.ts';

/** Looks that see what the test says. */
class FakeRounds<Target, Result> implements Rounds<Target, Result> {
  target: Target | undefined;
  result: Result | undefined;
  refreshed = 0;
  onRefresh: () => void = () => {};

  track(_key: string, target: Target): void {
    this.target = target;
  }
  latest(): Result | undefined {
    return this.result;
  }
  async refresh(): Promise<Result | undefined> {
    this.refreshed += 1;
    this.onRefresh();
    return this.result;
  }
  soon(): void {}
  forget(): void {
    this.target = undefined;
  }
  stop(): void {}
}

export interface EmittedEvent {
  type: string;
  reason: string;
  message: string;
}

/** A cluster `demo` in the namespace `default`, and the reconciler on it, over objects in memory. */
export class Scene {
  readonly api = new FakeApi();
  readonly clock = new FakeClock();
  readonly registry = new FakeRounds<RegistryTarget, HubView>();
  readonly verification = new FakeRounds<VerifyTarget, Verification>();
  readonly events: EmittedEvent[] = [];
  readonly logged: string[] = [];
  readonly #reconcile;

  constructor(spec: McpHubClusterSpec = {}) {
    this.api.put(CLUSTERS, {
      apiVersion: 'mcphub.io/v1alpha1',
      kind: 'McpHubCluster',
      metadata: { name: 'demo', generation: 1 },
      spec,
    });
    const { registry, verification } = this;
    const note = (_: object, message: string) => void this.logged.push(message);
    this.#reconcile = createReconciler({
      client: this.api,
      clusters: this.api.store(CLUSTERS),
      pods: this.api.store(PODS),
      // One store stands for both: those of the operator's own and the others.
      foreign: { secrets: this.api.store(SECRETS), configMaps: this.api.store(CONFIG_MAPS) },
      children: (resource) => this.api.served(resource),
      hub: { registry, verification, forget() {}, stop() {} },
      verify: true,
      events: { emit: (_about, event) => void this.events.push(event) },
      defaults: { coordinatorImage: 'coordinator:1', nodeImage: 'node:1', clusterDomain: 'cluster.local' },
      clock: this.clock,
      log: { debug: note, info: note, warn: note, error: note },
    });
  }

  get cluster(): McpHubCluster {
    return this.api.find('McpHubCluster', 'demo') as unknown as McpHubCluster;
  }

  async reconcile(): Promise<number | undefined> {
    return (await this.#reconcile('default/demo', new AbortController().signal)).requeueAfter;
  }

  /** Changes the spec as a user does. */
  change(spec: Partial<McpHubClusterSpec>): void {
    this.api.edit(CLUSTERS, 'demo', (object) => {
      object.spec = { ...(object.spec as object), ...spec };
      object.metadata.generation = (object.metadata.generation ?? 0) + 1;
    });
  }

  annotate(annotations: Record<string, string>): void {
    this.api.edit(CLUSTERS, 'demo', ({ metadata }) => Object.assign(metadata, { annotations }));
  }

  /** `Status Reason` of a condition. */
  condition(type: string): string | undefined {
    const found = this.cluster.status?.conditions?.find((condition) => condition.type === type);
    return found === undefined ? undefined : `${found.status} ${found.reason}`;
  }

  message(type: string): string {
    return this.cluster.status?.conditions?.find((condition) => condition.type === type)?.message ?? '';
  }

  /** A Pod that runs and is ready. */
  addPod(name: string, role: 'coordinator' | 'node', more: Partial<KubeObject> = {}): void {
    const labels = {
      'mcphub.io/cluster': 'demo',
      'app.kubernetes.io/component': role,
      ...(role === 'node' ? { 'mcphub.io/pool': 'nodes' } : {}),
    };
    this.api.put(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels, creationTimestamp: new Date(this.clock.time).toISOString() },
      status: {
        phase: 'Running',
        podIP: '198.18.0.1',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(this.clock.time).toISOString() }],
        containerStatuses: [{ name: role, state: { running: {} } }],
      },
      ...more,
    });
  }
}
