import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { QueueObserver, WorkQueue } from './queue.ts';
import type { RequestObserver } from './request.ts';

/** `panic` is a defect of the program, as opposed to a world that is not as it should be. */
export type FailureCause = 'error' | 'conflict' | 'terminal' | 'timeout' | 'panic';

/** Where a controller counts, in the names of controller-runtime, so that dashboards made for it work. */
export interface ControllerMetrics {
  readonly queue: QueueObserver;
  /** Called once by the controller that counts here. */
  observe(queue: WorkQueue, workers: number): void;
  /** @param seconds that it took */
  reconciled(result: 'success' | 'requeue_after', seconds: number): void;
  failed(cause: FailureCause, seconds: number): void;
}

const RESULTS = ['success', 'error', 'requeue', 'requeue_after'] as const;
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const QUEUE_BUCKETS = [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 60, 300];

/**
 * Registers the metrics of controllers. Call it once for a registry, then the result once for each controller.
 * @returns the metrics of the controller of that name, all at 0
 */
export function createControllerMetrics(registry: Registry): (name: string) => ControllerMetrics {
  const reconcile = reconcileMetrics(registry);
  const queues = new Map<string, { queue: WorkQueue; workers: number }>();
  const work = queueMetrics(registry, queues);
  return (name) => {
    const controller = { controller: name };
    for (const result of RESULTS) reconcile.total.inc({ ...controller, result }, 0);
    for (const metric of [reconcile.errors, reconcile.terminal, reconcile.panics, reconcile.timeouts])
      metric.inc(controller, 0);
    reconcile.time.zero(controller);
    return {
      queue: work(name),
      observe: (queue, workers) => void queues.set(name, { queue, workers }),
      reconciled(result, seconds) {
        reconcile.total.inc({ ...controller, result });
        reconcile.time.observe(controller, seconds);
      },
      failed(cause, seconds) {
        reconcile.time.observe(controller, seconds);
        // A race that the next attempt decides is no error.
        reconcile.total.inc({ ...controller, result: cause === 'conflict' ? 'requeue' : 'error' });
        if (cause !== 'conflict') reconcile.errors.inc(controller);
        if (cause === 'terminal') reconcile.terminal.inc(controller);
        if (cause === 'panic') reconcile.panics.inc(controller);
        if (cause === 'timeout') reconcile.timeouts.inc(controller);
      },
    };
  };
}

function reconcileMetrics(registry: Registry) {
  const labelNames = ['controller'] as const;
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers: [registry] });
  return {
    total: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciles, by result',
      labelNames: ['controller', 'result'] as const,
      registers: [registry],
    }),
    errors: counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed'),
    terminal: counter('controller_runtime_terminal_reconcile_errors_total', 'Reconciles that failed for good'),
    panics: counter('controller_runtime_reconcile_panics_total', 'Reconciles that failed by a defect of the program'),
    timeouts: counter('controller_runtime_reconcile_timeouts_total', 'Reconciles that took too long'),
    time: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Time of a reconcile',
      labelNames,
      buckets: RECONCILE_BUCKETS,
      registers: [registry],
    }),
  };
}

function queueMetrics(registry: Registry, queues: Map<string, { queue: WorkQueue; workers: number }>) {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['name'] as const, registers: [registry] });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ['name'] as const, buckets: QUEUE_BUCKETS, registers: [registry] });
  const gauge = (
    name: string,
    help: string,
    label: 'name' | 'controller',
    read: (queue: WorkQueue, workers: number) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        for (const [controller, { queue, workers }] of queues) this.set({ [label]: controller }, read(queue, workers));
      },
    });
  const adds = counter('workqueue_adds_total', 'Keys added');
  const retries = counter('workqueue_retries_total', 'Keys added again after a failure');
  const waited = histogram('workqueue_queue_duration_seconds', 'Time from being added to being taken');
  const worked = histogram('workqueue_work_duration_seconds', 'Time from being taken to being done');
  gauge('workqueue_depth', 'Keys that wait', 'name', (queue) => queue.depth);
  gauge(
    'workqueue_longest_running_processor_seconds',
    'Age of the oldest running reconcile',
    'name',
    (queue) => queue.longestActive / 1000,
  );
  gauge('controller_runtime_active_workers', 'Workers that reconcile now', 'controller', (queue) => queue.active);
  gauge('controller_runtime_max_concurrent_reconciles', 'Workers', 'controller', (_queue, workers) => workers);
  return (name: string): QueueObserver => {
    for (const metric of [adds, retries]) metric.inc({ name }, 0);
    for (const metric of [waited, worked]) metric.zero({ name });
    return {
      added: () => adds.inc({ name }),
      retried: () => retries.inc({ name }),
      taken: (seconds) => waited.observe({ name }, seconds),
      finished: (seconds) => worked.observe({ name }, seconds),
    };
  };
}

/** Registers and returns the counter of calls to the API server, for `onRequest` of a client. */
export function createRequestMetrics(registry: Registry): RequestObserver {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server, by status, method and host',
    labelNames: ['code', 'method', 'host'] as const,
    registers: [registry],
  });
  return ({ code, method, host }) => requests.inc({ code, method, host });
}

/** Registers and returns the gauge of the leader's election. */
export function createElectionMetrics(registry: Registry, name: string): (leads: boolean) => void {
  const gauge = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process leads',
    labelNames: ['name'] as const,
    registers: [registry],
  });
  gauge.set({ name }, 0);
  return (leads) => gauge.set({ name }, leads ? 1 : 0);
}
