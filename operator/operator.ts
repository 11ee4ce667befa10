import { randomUUID } from 'node:crypto';
import { Gauge, type Registry } from 'prom-client';
import { API, LABELS } from './api/names.ts';
import type { McpHubCluster } from './api/types.ts';
import type { OperatorConfig } from './config.ts';
import { OperatorError } from './errors.ts';
import { createHubObserver } from './hub/observer.ts';
import { createReach } from './hub/reach.ts';
import { createKubeClient } from './kube/client.ts';
import { sleep, systemClock } from './kube/clock.ts';
import type { Clock, KubeConfig, KubeConnection, Log } from './kube/contract.ts';
import { createController } from './kube/controller.ts';
import { createElection } from './kube/election.ts';
import { KubeError } from './kube/errors.ts';
import { createEvents } from './kube/events.ts';
import { createReflectorHealth } from './kube/health.ts';
import { createControllerMetrics, createElectionMetrics, createRequestMetrics } from './kube/metrics.ts';
import { CLUSTERS } from './reconcile/kinds.ts';
import { createReconciler } from './reconcile/reconciler.ts';
import { createStores, type Stores } from './reconcile/stores.ts';
import type { RenderDefaults } from './render/input.ts';

/** Name of the Lease, of the controller in metrics, and of the reporter of events. */
const COMPONENT = 'mcphub-operator';
/** Milliseconds for which a start waits for an API server that does not answer. */
const START_PATIENCE = 30_000;

export interface OperatorOptions {
  config: OperatorConfig;
  kubeConfig: KubeConfig;
  log: Log;
  metrics: Registry;
  version: string;
  clock?: Clock;
}

export interface Operator {
  /**
   * Fills the stores, waits for leadership and begins to work.
   * @returns when it works, or when it was stopped before that
   * @throws OperatorError where the API server cannot be used or does not know McpHubCluster
   */
  start(): Promise<void>;
  /** Finishes what is under way, gives leadership up, and ends all connections. */
  stop(): Promise<void>;
  /** Whether the stores are complete: true for the leader and for those that wait. */
  ready(): boolean;
  /** Whether all watches show signs of life. */
  live(): boolean;
  /** Resolves when another one may lead: the process must end at once. */
  readonly lost: Promise<void>;
}

/** Puts the parts of an operator together. Nothing is asked of the API server before `start`. */
export function createOperator(options: OperatorOptions): Operator {
  const { config, kubeConfig, log, metrics, version, clock = systemClock } = options;
  const client = createKubeClient({
    kubeConfig,
    userAgent: `${COMPONENT}/${version}`,
    onRequest: createRequestMetrics(metrics),
  });
  const trigger = (key: string) => controller.queue.add(key);
  const stores = createStores({ client, namespaces: config.namespaces, log, clock, onTrigger: trigger });
  const hub = createHubObserver({
    reach: createReach(config.reach, config.clusterDomain),
    version,
    clock,
    onChange: trigger,
    onError: (cluster, err) => log.error({ cluster, err }, 'Looking at a hub failed'),
  });
  const events = createEvents({ client, component: COMPONENT, instance: config.name, log, clock });
  const { coordinatorImage, nodeImage, clusterDomain, verify } = config;
  const reconcile = createReconciler({
    ...stores,
    client,
    hub,
    verify,
    events,
    defaults: { coordinatorImage, nodeImage, clusterDomain, ...ownPods(config) },
    clock,
    log,
  });
  const controller = createController({
    name: API.singular,
    reconcile,
    log,
    metrics: createControllerMetrics(metrics)(API.singular),
    workers: config.workers,
    clock,
  });
  const election = createElection({
    client,
    namespace: config.namespace ?? kubeConfig.namespace,
    name: COMPONENT,
    identity: `${config.name}_${randomUUID()}`,
    log,
    clock,
    onChange: createElectionMetrics(metrics, COMPONENT),
  });
  countClusters(metrics, stores);
  const health = createReflectorHealth(() => stores.reflectors, clock);
  const working = new AbortController();
  const watching = new AbortController();
  let worked: Promise<void> = Promise.resolve();
  let watched: Promise<void> = Promise.resolve();

  return {
    async start() {
      await requireDefinition(client, log, clock, working.signal);
      await stores.lookForOptional(watching.signal);
      watched = stores.run(watching.signal);
      await untilSynced(stores, clock, working.signal);
      if (config.leaderElection && !working.signal.aborted) {
        log.info({ identity: config.name }, 'Waiting for leadership');
        await election.acquire(working.signal);
      }
      if (working.signal.aborted) return;
      worked = controller.run(working.signal);
      log.info({ namespaces: config.namespaces, clusters: stores.clusters.list().length }, 'Operator is ready');
    },
    async stop() {
      working.abort();
      await worked;
      hub.stop();
      await events.flush();
      await election.release();
      watching.abort();
      await watched;
      await client.close();
    },
    ready: () => !working.signal.aborted && health.ready().ok,
    live: () => health.live().ok,
    lost: election.lost,
  };
}

/** @throws OperatorError where there is no McpHubCluster, or no answer for as long as a start waits */
async function requireDefinition(client: KubeConnection, log: Log, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + START_PATIENCE;
  while (!signal.aborted) {
    try {
      if (await client.serves(CLUSTERS)) return;
      throw new OperatorError('MCPHUB_OPERATOR_NO_CRD');
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const refused = error.status === 401 || error.status === 403;
      if (refused || clock.monotonic() > deadline) {
        throw new OperatorError('MCPHUB_OPERATOR_UNREACHABLE', [error.message], { cause: error });
      }
      log.warn({ err: error }, 'The API server does not answer yet');
      await sleep(clock, Math.max(1_000, error.retryAfter ?? 0), signal);
    }
  }
}

/** Stores tell of each object, not of being complete. */
async function untilSynced(stores: Stores, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !stores.reflectors.every(({ store }) => store.synced)) await sleep(clock, 20, signal);
}

/** How network policies of clusters know the operator. Elsewhere than in a Pod it comes from no Pod. */
function ownPods({ namespace }: OperatorConfig): Pick<RenderDefaults, 'operator'> {
  if (namespace === undefined) return {};
  return { operator: { namespace, labels: { [LABELS.name]: COMPONENT } } };
}

/** How many there are, and how they are. */
export function countClusters(metrics: Registry, { clusters }: Pick<Stores, 'clusters'>): void {
  new Gauge({
    name: 'mcphub_operator_clusters',
    help: 'McpHubClusters that are watched, by the status of their condition Ready',
    labelNames: ['ready'],
    registers: [metrics],
    collect() {
      const count = { True: 0, False: 0, Unknown: 0 };
      for (const object of clusters.list()) {
        const { conditions } = (object as unknown as McpHubCluster).status ?? {};
        count[conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'] += 1;
      }
      for (const [ready, number] of Object.entries(count)) this.set({ ready }, number);
    },
  });
}
