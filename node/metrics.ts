import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { SERVER_STATUSES } from '../cluster/payload.ts';
import type { Hosts } from './hosts.ts';
import type { ProcessSlots } from './servers/process-slots.ts';
import type { Sessions } from './sessions/sessions.ts';

/** Tools beyond this many per node share one label, since a hostile server could name as many as it likes. */
const MAX_TOOL_LABELS = 2_000;

export interface NodeMetrics {
  /** Begins to measure a request; call the result with its outcome. */
  request(method: string): (outcome: 'ok' | 'error') => void;
  /** Counts one tool call; call the result with its outcome. */
  toolCall(server: string, tool: string): (outcome: 'ok' | 'tool_error' | 'error') => void;
  /** Counts a request that was refused because of a limit. */
  refused(limit: LimitName): void;
}

/** The limits that a node keeps (`systemConfig.cluster.limits`). */
export type LimitName = 'sessions' | 'processes' | 'calls' | 'listeners';

interface Sources {
  hosts: Hosts;
  sessions: Sessions;
  slots: ProcessSlots;
  /** Open streams of `subscriptions/listen`. */
  listeners: ReadonlySet<unknown>;
}

/** The metrics of a node, registered in `registry`; gauges are read from the sources when scraped. */
export function createNodeMetrics(registry: Registry, sources: Sources): NodeMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'mcphub_node_requests_total',
    help: 'MCP requests answered by this node.',
    labelNames: ['method', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'mcphub_node_request_duration_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers,
  });
  const inFlight = new Gauge({ name: 'mcphub_node_requests_in_flight', help: 'MCP requests being served.', registers });
  const calls = new Counter({
    name: 'mcphub_node_tool_calls_total',
    help: 'Tool calls by server, tool and outcome.',
    labelNames: ['server', 'tool', 'outcome'],
    registers,
  });
  const refusals = new Counter({
    name: 'mcphub_node_limit_refusals_total',
    help: 'Requests refused because of a limit.',
    labelNames: ['limit'],
    registers,
  });
  registerServerGauges(registry, sources.hosts);
  registerProcessGauges(registry, sources.slots);
  registerSessionGauges(registry, sources);
  const byMethod = new Map<string, { observe(seconds: number): void; ok: Counter.Internal; error: Counter.Internal }>();
  const tools = new Set<string>();

  return {
    request(method) {
      let labels = byMethod.get(method);
      if (labels === undefined) {
        labels = {
          observe: (seconds) => duration.observe({ method }, seconds),
          ok: requests.labels({ method, outcome: 'ok' }),
          error: requests.labels({ method, outcome: 'error' }),
        };
        byMethod.set(method, labels);
      }
      const { observe, ok, error } = labels;
      const start = performance.now();
      inFlight.inc();
      return (outcome) => {
        inFlight.dec();
        observe((performance.now() - start) / 1000);
        (outcome === 'ok' ? ok : error).inc();
      };
    },
    toolCall(server, tool) {
      const key = `${server}\n${tool}`;
      const label = tools.has(key) || tools.size < MAX_TOOL_LABELS ? tool : 'other';
      if (label === tool) tools.add(key);
      return (outcome) => calls.inc({ server, tool: label, outcome });
    },
    refused: (limit) => refusals.inc({ limit }),
  };
}

function registerServerGauges(registry: Registry, hosts: Hosts): void {
  new Gauge({
    name: 'mcphub_node_server_up',
    help: '1 if the server is connected, or idle and started on demand.',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, host } of hosts.all()) {
        this.set({ server: name }, ['connected', 'idle'].includes(host.report.status) ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'mcphub_node_server_restarts',
    help: 'How often the server was started again since the node started.',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, host } of hosts.all()) this.set({ server: name }, host.restarts);
    },
  });
  new Gauge({
    name: 'mcphub_node_servers',
    help: 'Configured servers by status.',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      for (const status of SERVER_STATUSES) {
        this.set({ status }, hosts.all().filter(({ host }) => host.report.status === status).length);
      }
    },
  });
}

function registerProcessGauges(registry: Registry, slots: ProcessSlots): void {
  new Gauge({
    name: 'mcphub_node_processes',
    help: 'Processes of stdio servers that run or start now.',
    registers: [registry],
    collect() {
      this.set(slots.running);
    },
  });
  new Gauge({
    name: 'mcphub_node_processes_waiting',
    help: 'Processes of sessions that wait for a place.',
    registers: [registry],
    collect() {
      this.set(slots.waiting);
    },
  });
}

function registerSessionGauges(registry: Registry, { sessions, listeners }: Sources): void {
  new Gauge({
    name: 'mcphub_node_sessions',
    help: 'Sessions of clients on this node.',
    registers: [registry],
    collect() {
      this.set(sessions.size);
    },
  });
  new Gauge({
    name: 'mcphub_node_open_streams',
    help: 'Event streams that clients hold open for their sessions.',
    registers: [registry],
    collect() {
      let streams = 0;
      for (const session of sessions.all()) streams += session.streams;
      this.set(streams);
    },
  });
  new Gauge({
    name: 'mcphub_node_listeners',
    help: 'Open streams of subscriptions/listen, of clients and of other nodes.',
    registers: [registry],
    collect() {
      this.set(listeners.size);
    },
  });
}
