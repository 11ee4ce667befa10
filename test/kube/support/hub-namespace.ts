import { LABELS } from '../../../operator/api/names.ts';
import type { McpHubCluster } from '../../../operator/api/types.ts';
import { eventually } from '../../support/eventually.ts';
import { Clusters, type SpecInput } from './clusters.ts';
import type { ControlPlane } from './control-plane.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { OperatorProcess, startOperator } from './operator-process.ts';

/** Where the API server has each kind. */
const PLACES = {
  mcphubclusters: 'apis/mcphub.io/v1alpha1',
  pods: 'api/v1',
  events: 'api/v1',
  secrets: 'api/v1',
  configmaps: 'api/v1',
  services: 'api/v1',
  serviceaccounts: 'api/v1',
  deployments: 'apis/apps/v1',
  replicasets: 'apis/apps/v1',
  poddisruptionbudgets: 'apis/policy/v1',
  horizontalpodautoscalers: 'apis/autoscaling/v2',
  networkpolicies: 'apis/networking.k8s.io/v1',
  ingresses: 'apis/networking.k8s.io/v1',
  leases: 'apis/coordination.k8s.io/v1',
  httproutes: 'apis/gateway.networking.k8s.io/v1',
  servicemonitors: 'apis/monitoring.coreos.com/v1',
  podmonitors: 'apis/monitoring.coreos.com/v1',
  prometheusrules: 'apis/monitoring.coreos.com/v1',
  scaledobjects: 'apis/keda.sh/v1alpha1',
} as const;

export type Place = keyof typeof PLACES;

/** Hubs do not run on this control plane: whoever asks for one is refused at once. */
const NOWHERE = {
  MCPHUB_OPERATOR_COORDINATOR_URL: 'http://127.0.0.1:1',
  MCPHUB_OPERATOR_HUB_URL: 'http://127.0.0.1:1',
};

/** A small cluster. */
export const SMALL = {
  coordinator: { replicas: 1 },
  nodes: { replicas: 2 },
  mcpServers: { echo: { command: 'echo' } },
} satisfies SpecInput;

/** Any object, as tests look at it. */
// biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
export type Live = any;

/** A namespace with what a test does in it, and the operators that watch it. */
export class HubNamespace {
  readonly name: string;
  readonly clusters: Clusters;
  readonly plane: ControlPlane;
  readonly #proxy: FaultProxy | undefined;
  readonly #operators: OperatorProcess[] = [];

  /** Use {@link hubNamespace}. */
  constructor(plane: ControlPlane, name: string, proxy: FaultProxy | undefined) {
    this.plane = plane;
    this.#proxy = proxy;
    this.name = name;
    this.clusters = new Clusters(plane, name);
  }

  /** Starts an operator, behind the proxy if there is one, and waits until it reconciles. */
  async start(env: Record<string, string> = {}): Promise<OperatorProcess> {
    const operator = await startOperator(this.#options(env));
    this.#operators.push(operator);
    return operator;
  }

  /** As {@link start}, without waiting. @param kubeconfig another way to the API server */
  launch(env: Record<string, string> = {}, kubeconfig?: string): OperatorProcess {
    const operator = new OperatorProcess({
      ...this.#options(env),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
    });
    this.#operators.push(operator);
    return operator;
  }

  /** Ends all operators; those of a failed test show their log. For `afterEach`. */
  async end(context: Mocha.Context): Promise<void> {
    for (const operator of this.#operators) operator.showOnFailure(context);
    await Promise.all(this.#operators.map((operator) => operator.kill('SIGKILL')));
  }

  path(place: Place, name = ''): string {
    return `/${PLACES[place]}/namespaces/${this.name}/${place}${name === '' ? '' : `/${name}`}`;
  }

  get(place: Place, name: string): Promise<Live> {
    return this.plane.api.ok('GET', this.path(place, name));
  }

  /** Undefined where there is none. */
  async find(place: Place, name: string): Promise<Live | undefined> {
    const { status, body } = await this.plane.api.call('GET', this.path(place, name));
    return status === 404 ? undefined : body;
  }

  /** @param query such as `?labelSelector=a=b` */
  async list(place: Place, query = ''): Promise<Live[]> {
    return (await this.plane.api.ok('GET', this.path(place) + query)).items;
  }

  /** Names of all of a kind, sorted. */
  async names(place: Place): Promise<string[]> {
    return (await this.list(place)).map(({ metadata }) => metadata.name).sort();
  }

  create(place: Place, object: object): Promise<Live> {
    return this.plane.api.ok('POST', this.path(place), object);
  }

  /** @param patch a merge patch */
  patch(place: Place, name: string, patch: object): Promise<Live> {
    return this.plane.api.ok('PATCH', this.path(place, name), patch, 'application/merge-patch+json');
  }

  delete(place: Place, name: string): Promise<Live> {
    return this.plane.api.ok('DELETE', this.path(place, name));
  }

  /** Text of a key of a Secret. */
  async secretText(name: string, key: string): Promise<string> {
    const { data } = await this.get('secrets', name);
    return Buffer.from(data?.[key] ?? '', 'base64').toString();
  }

  /** Reasons of the events about a cluster, as often as each was told. */
  async reasons(cluster = 'demo'): Promise<string[]> {
    const events = await this.list(
      'events',
      `?fieldSelector=involvedObject.kind=McpHubCluster,involvedObject.name=${cluster}`,
    );
    return events.flatMap(({ reason, count }) => Array<string>(count).fill(reason));
  }

  /** Pods of nodes and coordinators. */
  pods(cluster = 'demo'): Promise<Live[]> {
    return this.list('pods', `?labelSelector=${LABELS.cluster}=${cluster}`);
  }

  /** Waits until the spec as it is now is carried out, all Pods are Ready, and the status says so. */
  settled({ coordinators = 1, nodes = 2, name = 'demo', within = 40_000 } = {}): Promise<McpHubCluster> {
    return eventually(
      `${name} has ${coordinators} coordinators and ${nodes} nodes`,
      async () => {
        const cluster = await this.clusters.get(name);
        const { status, metadata } = cluster;
        const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
        const seen = [status?.coordinators?.ready, status?.nodes?.ready, progressing?.reason];
        seen.push(progressing?.observedGeneration);
        const wanted = [coordinators, nodes, 'Complete', metadata.generation];
        if (JSON.stringify(seen) !== JSON.stringify(wanted))
          throw new Error(`${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
        return cluster;
      },
      within,
    );
  }

  #options(env: Record<string, string>) {
    return {
      kubeconfig: this.#proxy?.kubeconfig() ?? this.plane.kubeconfig,
      namespace: this.name,
      env: { ...NOWHERE, ...env },
    };
  }
}

/**
 * Waits until garbage collection knows McpHubClusters: it looks for new kinds every 30 s only, and what was deleted before
 * that is collected much later.
 */
export async function untilGarbageIsCollected(plane: ControlPlane): Promise<void> {
  const hub = await hubNamespace(plane);
  await eventually(
    'garbage is collected',
    async () => {
      const { metadata, apiVersion, kind } = await hub.clusters.apply('owner', {});
      const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid }];
      const { metadata: owned } = await hub.create('configmaps', {
        metadata: { generateName: 'owned-', ownerReferences },
      });
      await hub.clusters.delete('owner');
      await eventually('it is gone', async () => expectGone(await hub.find('configmaps', owned.name)), 2_000);
    },
    90_000,
  );
}

function expectGone(object: unknown): void {
  if (object !== undefined) throw new Error('it is still there');
}

/** Makes a namespace. @param proxy through which its operators see the API server */
export async function hubNamespace(plane: ControlPlane, proxy?: FaultProxy): Promise<HubNamespace> {
  return new HubNamespace(plane, await plane.namespace(), proxy);
}
