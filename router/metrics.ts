import { Counter, Gauge, Histogram, type Registry as PromRegistry } from 'prom-client';
import type { Route } from './edge/classify.ts';
import type { FailureKind } from './forward/rescue.ts';
import { isReachable } from './nodes/node-entry.ts';
import type { Registry } from './nodes/registry.ts';
import type { Affinities } from './sessions/affinities.ts';

/** Where the coordinator counts. Labels are bounded: never an id, never a path. */
export interface RouterMetrics {
  started(): void;
  /** @param seconds from the request's head to the end of the response */
  finished(route: Pick<Route, 'kind' | 'era'>, status: number, seconds: number, streamed: boolean): void;
  streamOpened(): void;
  streamClosed(): void;
  upstreamFailed(kind: FailureKind): void;
  refused(status: number): void;
  /** A session was sent to a node that takes it over. */
  adopted(): void;
  /** A principal has as many sessions as it may have. */
  limited(): void;
}

/** Registers the coordinator's metrics. */
export function createMetrics(prom: PromRegistry, registry: Registry, affinities: Affinities): RouterMetrics {
  const registers = [prom];
  const requests = new Counter({
    name: 'mcphub_coordinator_requests_total',
    help: 'MCP requests answered, by kind of route, era of the protocol and class of status',
    labelNames: ['route', 'era', 'status'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'mcphub_coordinator_request_duration_seconds',
    help: 'Time from the head of a POST or DELETE to the end of its response',
    labelNames: ['route', 'era'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const inFlight = new Gauge({
    name: 'mcphub_coordinator_requests_in_flight',
    help: 'MCP requests being served, open streams included',
    registers,
  });
  const streams = new Gauge({
    name: 'mcphub_coordinator_open_streams',
    help: 'Event streams that are open now',
    registers,
  });
  const failures = new Counter({
    name: 'mcphub_coordinator_upstream_failures_total',
    help: 'Requests under which a node failed, by how it failed',
    labelNames: ['kind'] as const,
    registers,
  });
  const adoptions = new Counter({
    name: 'mcphub_coordinator_adoptions_total',
    help: 'Sessions sent to another node because their own is gone or ends',
    registers,
  });
  const limited = new Counter({
    name: 'mcphub_coordinator_limit_refusals_total',
    help: 'Requests refused because of a limit',
    labelNames: ['limit'] as const,
    registers,
  }).labels('principal');
  registerStateMetrics(prom, registry, affinities);

  const counters = new Map<string, Counter.Internal>();
  const histograms = new Map<string, Histogram.Internal<'route' | 'era'>>();
  function count(route: string, era: string, status: number): void {
    const key = `${route} ${era} ${(status / 100) | 0}`;
    let counter = counters.get(key);
    if (counter === undefined) {
      counter = requests.labels(route, era, `${(status / 100) | 0}xx`);
      counters.set(key, counter);
    }
    counter.inc();
  }
  function observe(route: string, era: string, seconds: number): void {
    const key = `${route} ${era}`;
    let histogram = histograms.get(key);
    if (histogram === undefined) {
      histogram = duration.labels(route, era);
      histograms.set(key, histogram);
    }
    histogram.observe(seconds);
  }

  return {
    started: () => inFlight.inc(),
    finished({ kind, era }, status, seconds, streamed) {
      inFlight.dec();
      count(kind, era, status);
      if (!streamed) observe(kind, era, seconds);
    },
    streamOpened: () => streams.inc(),
    streamClosed: () => streams.dec(),
    upstreamFailed: (kind) => failures.labels(kind).inc(),
    adopted: () => adoptions.inc(),
    limited: () => limited.inc(),
    refused: (status) => count('refused', 'none', status),
  };
}

function registerStateMetrics(prom: PromRegistry, registry: Registry, affinities: Affinities): void {
  const registers = [prom];
  new Gauge({
    name: 'mcphub_coordinator_sessions',
    help: 'Sessions that this coordinator has seen and that have not expired',
    registers,
    collect() {
      this.set(affinities.size);
    },
  });
  new Gauge({
    name: 'mcphub_coordinator_nodes',
    help: 'Nodes by state',
    labelNames: ['status'] as const,
    registers,
    collect() {
      const counts = { active: 0, unhealthy: 0, draining: 0, suspect: 0 };
      for (const node of registry.nodes.values()) {
        if (node.status === 'unhealthy') counts.unhealthy++;
        else if (!isReachable(node)) counts.suspect++;
        else if (node.draining) counts.draining++;
        else counts.active++;
      }
      for (const [status, value] of Object.entries(counts)) this.set({ status }, value);
    },
  });
  new Gauge({
    name: 'mcphub_coordinator_node_heartbeat_age_seconds',
    help: 'Time since the last heartbeat of each node',
    labelNames: ['node'] as const,
    registers,
    collect() {
      this.reset();
      const now = performance.now();
      for (const node of registry.nodes.values()) this.set({ node: node.id }, (now - node.heardAt) / 1000);
    },
  });
}
